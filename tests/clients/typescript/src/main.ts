// Signs in, uploads a package in pieces, polls the job, downloads the package and compares the bytes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { env } from "node:process";
import { setTimeout } from "node:timers/promises";

import { createClient } from "./client/client/index.js";
import type { Client } from "./client/client/index.js";
import {
  appendToUpload,
  beginUpload,
  completeUpload,
  createToken,
  downloadPackage,
  getJob,
  getPackageVersion,
  getSession,
  getUpload,
  listPackages,
  revokeToken,
  signIn,
  signOut,
} from "./client/index.js";
import type { Job } from "./client/index.js";

const PATIENCE = 60_000;

function variable(name: string): string {
  const value = env[name];
  assert.ok(value, `${name} is not set`);
  return value;
}

const baseUrl = variable("BASE_URL");

/** A client with a token of its own, made in a session that has ended by then. */
async function signedIn(): Promise<{ client: Client; token: string }> {
  const browser = createClient({ baseUrl, throwOnError: true });
  const answer = await signIn({
    client: browser,
    body: { email: variable("EMAIL"), password: variable("PASSWORD") },
    throwOnError: true,
  });
  const cookie = answer.response.headers.getSetCookie()[0]?.split(";")[0];
  const csrf = answer.data.csrfToken;
  assert.ok(cookie && csrf, "a session has a cookie and a token against forged requests");
  const session = { client: browser, headers: { Cookie: cookie, "X-CSRF-Token": csrf }, throwOnError: true } as const;
  const issued = await createToken({ ...session, body: { name: "typescript client" } });
  await signOut(session);
  const secret = issued.data.secret;
  assert.ok(secret);
  return { client: createClient({ baseUrl, auth: secret, throwOnError: true }), token: issued.data.token.id };
}

/** What came of the upload, which goes in two pieces. */
async function upload(client: Client, content: Buffer): Promise<Job> {
  const request = { client, throwOnError: true } as const;
  const begun = await beginUpload({ ...request, body: { bytes: content.length } });
  const path = { id: begun.data.id };
  const middle = Math.floor(content.length / 2);
  for (const [start, end] of [[0, middle], [middle, content.length]] as const) {
    const body = new Blob([new Uint8Array(content.subarray(start, end))]);
    const state = await appendToUpload({ ...request, path, headers: { "Upload-Offset": start }, body });
    assert.equal(state.data.offset, end);
  }
  assert.equal((await getUpload({ ...request, path })).data.offset, content.length);
  let job = (await completeUpload({ ...request, path })).data;
  const deadline = Date.now() + PATIENCE;
  while (job.state === "queued" || job.state === "running") {
    assert.ok(Date.now() < deadline, `the job does not end: ${JSON.stringify(job)}`);
    await setTimeout(50);
    job = (await getJob({ ...request, path: { id: job.id } })).data;
  }
  assert.equal(job.state, "succeeded", JSON.stringify(job));
  return job;
}

const content = await readFile(variable("PACKAGE"));
const { client, token } = await signedIn();
const request = { client, throwOnError: true } as const;
assert.equal((await getSession(request)).data.actorKind, "token");
const result = (await upload(client, content)).result as { packageVersionId: string };
const path = { id: result.packageVersionId };
const version = (await getPackageVersion({ ...request, path })).data;
assert.equal(version.bytes, content.length);
const packages = (await listPackages({ ...request, query: { name: version.name } })).data;
assert.ok(packages.items.some((item) => item.id === version.packageId));
const file = (await downloadPackage({ ...request, path, parseAs: "arrayBuffer" })).data as unknown as ArrayBuffer;
assert.ok(content.equals(Buffer.from(file)), "other bytes came back");
await revokeToken({ ...request, path: { id: token } });
console.log(`typescript: ${version.name} ${version.version}, ${content.length} bytes there and back`);
