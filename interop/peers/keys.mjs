// Keys and did:key documents, without a network.
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import {contexts as credentials} from '@digitalbazaar/credentials-context';
import {contexts as dataIntegrity} from '@digitalbazaar/data-integrity-context';
import {contexts as ed25519} from 'ed25519-signature-2020-context';
import {contexts as statusList} from '@digitalbazaar/vc-status-list-context';
import {contexts as bitstring} from '@digitalbazaar/vc-bitstring-status-list-context';

const MULTIKEY = 'https://w3id.org/security/multikey/v1';
const ED25519 = 'https://w3id.org/security/suites/ed25519-2020/v1';

// newKey makes a key pair of a did:key, as a multikey with id and controller.
export async function newKey(type) {
  const pair = type === 'Ed25519' ?
    await Ed25519Multikey.generate() : await EcdsaMultikey.generate({curve: type});
  const {publicKeyMultibase} = await pair.export({publicKey: true});
  const did = `did:key:${publicKeyMultibase}`;
  const id = `${did}#${publicKeyMultibase}`;
  const exported = {...await pair.export({publicKey: true, secretKey: true}), id, controller: did};
  const lib = type === 'Ed25519' ? Ed25519Multikey : EcdsaMultikey;
  const jwk = await lib.toJwk({keyPair: pair, secretKey: true});
  if(type === 'Ed25519') { // the library appends the public key
    jwk.d = Buffer.from(jwk.d, 'base64url').subarray(0, 32).toString('base64url');
  }
  const alg = {Ed25519: 'EdDSA', 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512'}[type];
  return {type, did, id, jwk, alg, pair: await lib.from(exported)};
}

// publicJwk is a JWK without its private part.
export const publicJwk = ({d, ...rest}) => rest;

const MULTIKEY_CONTEXT = {'@context': {
  id: '@id', type: '@type', '@protected': true,
  Multikey: {'@id': 'https://w3id.org/security#Multikey', '@context': {
    '@protected': true, id: '@id', type: '@type',
    controller: {'@id': 'https://w3id.org/security#controller', '@type': '@id'},
    publicKeyMultibase: {'@id': 'https://w3id.org/security#publicKeyMultibase', '@type': 'https://w3id.org/security#multibase'},
  }},
}};

const local = new Map([...credentials, ...dataIntegrity, ...ed25519, ...statusList, ...bitstring, [MULTIKEY, MULTIKEY_CONTEXT]]);

// method is the verification method of a did:key, in the shape that a suite wants.
export function method(did, suite) {
  const key = did.slice('did:key:'.length);
  const old = suite === 'Ed25519Signature2020';
  return {
    '@context': old ? ED25519 : MULTIKEY, id: `${did}#${key}`,
    type: old ? 'Ed25519VerificationKey2020' : 'Multikey', controller: did, publicKeyMultibase: key,
  };
}

// didDocument resolves a did:key.
export function didDocument(did, suite) {
  const {'@context': context, ...vm} = method(did, suite);
  return {
    '@context': ['https://www.w3.org/ns/did/v1', context], id: did, verificationMethod: [vm],
    authentication: [vm.id], assertionMethod: [vm.id], capabilityInvocation: [vm.id], capabilityDelegation: [vm.id],
  };
}

// loader is a JSON-LD document loader that has contexts and did:keys, and what
// more is given, and fetches nothing.
export const loader = (suite, more = {}) => async url => {
  if(local.has(url)) {
    return {contextUrl: null, documentUrl: url, document: local.get(url)};
  }
  if(url in more) {
    return {contextUrl: null, documentUrl: url, document: more[url]};
  }
  if(url.startsWith('did:key:')) {
    const [did, fragment] = url.split('#');
    const document = fragment ? method(did, suite) : didDocument(did, suite);
    return {contextUrl: null, documentUrl: url, document};
  }
  throw new Error(`not at hand: ${url}`);
};

// The content of every credential.
export const FROM = '2024-01-01T00:00:00Z';
export const UNTIL = '2090-01-01T00:00:00Z';
export const PAST = '2025-01-01T00:00:00Z';
export const CHALLENGE = 'c0ffee-1b6e-4c1e-9a51';
export const DOMAIN = 'https://verifier.example.org';
export const VCT = 'https://example.org/vct/task';
export const seconds = time => Date.parse(time) / 1000;

export const credentialV2 = (issuer, until = UNTIL) => ({
  '@context': ['https://www.w3.org/ns/credentials/v2'], id: 'urn:uuid:1', type: ['VerifiableCredential'], issuer,
  validFrom: FROM, validUntil: until, credentialSubject: {id: 'did:example:carol', name: 'Carol'},
});

export const credentialV1 = (issuer, until = UNTIL) => ({
  '@context': ['https://www.w3.org/2018/credentials/v1'], id: 'urn:uuid:1', type: ['VerifiableCredential'], issuer,
  issuanceDate: FROM, expirationDate: until, credentialSubject: {id: 'did:example:carol'},
});

const decode = s => Buffer.from(s, 'base64url').toString();
const encode = s => Buffer.from(s).toString('base64url');
const flip = s => {
  const i = s.length >> 1;
  return s.slice(0, i) + (s[i] === 'A' ? 'B' : 'A') + s.slice(i + 1);
};

// alterToken and alterDocument are copies that nobody may accept.
export function alterToken(jws) {
  const [header, payload, signature] = jws.split('.');
  return {
    claim: [header, encode(decode(payload).replaceAll('did:example:carol', 'did:example:mallory').replace(VCT, `${VCT}/admin`)
      .replace('vc+jwt,', 'vc+jwt,A').replace('"vp":', '"vp" :')), signature].join('.'),
    signature: [header, payload, flip(signature)].join('.'),
    'alg none': [encode(JSON.stringify({...JSON.parse(decode(header)), alg: 'none'})), payload, ''].join('.'),
    crit: [encode(JSON.stringify({...JSON.parse(decode(header)), crit: ['x'], x: 1})), payload, signature].join('.'),
  };
}

export function alterDocument(document) {
  const edit = change => {
    const copy = structuredClone(document);
    change(copy);
    return JSON.stringify(copy);
  };
  return {
    claim: JSON.stringify(document).replaceAll('did:example:carol', 'did:example:mallory'),
    signature: edit(d => d.proof.proofValue = `z${flip(d.proof.proofValue.slice(1))}`),
    purpose: edit(d => d.proof.proofPurpose = 'capabilityInvocation'),
    'no proof': edit(d => delete d.proof),
  };
}

export const sd = {decode, encode, flip};
