// An OpenID Connect provider that believes whatever name is typed into its form. For tests only.
//
// Prints its issuer URL when it listens. What tests ask of it besides:
//   POST /test/keys      sign with other keys from now on
//   POST /test/tell-all  put everything it knows about a person into the ID token
//   GET  /test/answer    the last answer of the token endpoint
//   POST /test/answer    give this answer the next time

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const REDIRECT = 'https://hub.example/callback';
const shared = { redirect_uris: [REDIRECT], grant_types: ['authorization_code'], response_types: ['code'] };

function key() {
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  return { ...jwk, use: 'sig', alg: 'RS256' };
}

function claims(id) {
  return { sub: id, email: `${id}@example.com`, email_verified: id !== 'mallory', name: id.toUpperCase() };
}

function configuration(tellAll, keys) {
  return {
    clients: [
      { ...shared, client_id: 'hub', client_secret: 'hub-secret' },
      { ...shared, client_id: 'public', token_endpoint_auth_method: 'none' },
    ],
    jwks: { keys },
    cookies: { keys: ['for tests only'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: !tellAll,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => claims(id) }),
  };
}

let issuer;
let handle;
let tellAll = false;
let keys = [key()];
let last = '';
let next;

function restart() {
  handle = new Provider(issuer, configuration(tellAll, keys)).callback();
}

async function body(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function control(request, response) {
  switch (`${request.method} ${request.url}`) {
    case 'POST /test/keys':
      keys = [key()];
      restart();
      break;
    case 'POST /test/tell-all':
      tellAll = true;
      restart();
      break;
    case 'POST /test/answer':
      next = await body(request);
      break;
    default:
      response.write(last);
  }
  response.end();
}

const server = createServer((request, response) => {
  if (request.url.startsWith('/test/')) {
    control(request, response);
    return;
  }
  if (request.url === '/token') {
    if (next !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(next);
      next = undefined;
      return;
    }
    const end = response.end.bind(response);
    response.end = (content, ...rest) => {
      last = String(content);
      return end(content, ...rest);
    };
  }
  handle(request, response);
});

server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  restart();
  console.log(issuer);
});
