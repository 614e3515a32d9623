import type { Client } from 'pg';

/** Makes the foreign server `elsewhere` in the database of `client`, for foreign tables of the database at `url`. */
export async function createForeignServer(client: Client, url: string): Promise<void> {
  const { hostname, port, pathname, username, password } = new URL(url);
  await client.query(
    `create extension postgres_fdw;
     create server elsewhere foreign data wrapper postgres_fdw
       options (host '${hostname}', port '${port}', dbname '${pathname.slice(1)}');
     create user mapping for public server elsewhere options (user '${username}', password '${password}')`,
  );
}
