import { generateKeyPairSync } from 'node:crypto';
import { md, pki } from 'node-forge';

/** A certificate and its private key, in PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  readonly certificate: string;
  /** Issues a certificate for `localhost`, valid for servers and clients. */
  issue(name: string): Certified;
}

const dayMs = 24 * 3_600_000;

/** Creates a certificate authority for one test. */
export function createAuthority(name: string): Authority {
  const root = unsigned(name, name, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ]);
  root.certificate.sign(root.key, md.sha256.create());
  return {
    certificate: pki.certificateToPem(root.certificate),
    issue(subject) {
      const { certificate, key } = unsigned(subject, name, [
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ]);
      certificate.sign(root.key, md.sha256.create());
      return { certificate: pki.certificateToPem(certificate), key: pki.privateKeyToPem(key) };
    },
  };
}

function unsigned(subject: string, issuer: string, extensions: object[]) {
  // Forge would need seconds for a key.
  const pem = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const [publicKey, privateKey] = [
    pki.publicKeyFromPem(pem.publicKey),
    pki.privateKeyFromPem(pem.privateKey),
  ];
  const certificate = pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = `01${Date.now().toString(16).padStart(14, '0')}`;
  certificate.validity.notBefore = new Date(Date.now() - dayMs);
  certificate.validity.notAfter = new Date(Date.now() + dayMs);
  certificate.setSubject([{ name: 'commonName', value: subject }]);
  certificate.setIssuer([{ name: 'commonName', value: issuer }]);
  certificate.setExtensions(extensions);
  return { certificate, key: privateKey };
}
