/** A self-signed certificate for localhost and 127.0.0.1, valid for a hundred years, and its key; for tests only. */
export const certificate = `
-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUSSje+cjx+tk9Pi2MUn8wibfLH9UwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNzIxMTM0NFoYDzIxMjYxMTAz
MjExMzQ0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQ+dBdvDFcC/TXVmNZEvM6+cugcVnf8cIRAcFihqnZkF2XX/sEela6r
OF7HOoM++8P55QOVMtHo6vsD4Sxb37Kpo28wbTAdBgNVHQ4EFgQUPoTsrrvLxC+y
MOG0B29fuzVMj2owHwYDVR0jBBgwFoAUPoTsrrvLxC+yMOG0B29fuzVMj2owDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZI
zj0EAwIDSAAwRQIgas5cX591JxSAJjgIyKiud56zkeWkrzUJUszE1u2cmsACIQDa
5TtrZQpyFLGEzVhEJjceCGUeJ+NgFkuL73HL6HGdzw==
-----END CERTIFICATE-----
`.trimStart();

export const certificateKey = `
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHGKamTbFFWnvZVM1
PGbNuyda9aUVUu1QdyNRtcSsDTqhRANCAAQ+dBdvDFcC/TXVmNZEvM6+cugcVnf8
cIRAcFihqnZkF2XX/sEela6rOF7HOoM++8P55QOVMtHo6vsD4Sxb37Kp
-----END PRIVATE KEY-----
`.trimStart();
