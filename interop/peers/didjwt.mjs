// did-jwt-vc: JWTs of VC Data Model 1.1.
import {ES256Signer, EdDSASigner} from 'did-jwt';
import {createVerifiableCredentialJwt, createVerifiablePresentationJwt, verifyCredential, verifyPresentation} from 'did-jwt-vc';
import {CHALLENGE, DOMAIN, FROM, PAST, UNTIL, alterToken, credentialV1, didDocument, newKey, seconds} from './keys.mjs';

export const name = 'did-jwt-vc';

export const resolver = {
  resolve: async did => ({didDocument: didDocument(did.split('#')[0]), didDocumentMetadata: {}, didResolutionMetadata: {}}),
};

// It knows neither ES384 nor ES512.
export const handles = e => e.format === 'vc-jwt-1.1' && !['P-384', 'P-521'].includes(e.key);

export async function verify(e) {
  if(!handles(e)) {
    return undefined;
  }
  const {issuer} = await verifyCredential(e.body, resolver);
  return issuer === e.issuer;
}

export async function issue() {
  const out = [];
  for(const type of ['Ed25519', 'P-256']) {
    const key = await newKey(type);
    const seed = Buffer.from(key.jwk.d, 'base64url');
    const issuer = {did: key.did, alg: key.alg, signer: type === 'Ed25519' ? EdDSASigner(seed) : ES256Signer(seed)};
    const base = {maker: name, kind: 'credential', format: 'vc-jwt-1.1', key: type, issuer: key.did};
    const add = (e, altered, body) => out.push({...e, altered, body, name: `${e.kind} ${e.format} ${e.key} ${altered}`});
    const make = until => createVerifiableCredentialJwt({
      sub: 'did:example:carol', nbf: seconds(FROM), exp: seconds(until), vc: {...credentialV1(key.did, until)},
    }, issuer);
    const good = await make(UNTIL);
    add(base, '', good);
    add(base, 'expired', await make(PAST));
    for(const [what, body] of Object.entries(alterToken(good))) {
      add(base, what, body);
    }
    const vp = {...base, kind: 'presentation', format: 'vp-jwt-1.1', challenge: CHALLENGE, domain: DOMAIN};
    const shown = await createVerifiablePresentationJwt({
      vp: {'@context': ['https://www.w3.org/2018/credentials/v1'], type: ['VerifiablePresentation'], verifiableCredential: [good]},
    }, issuer, {challenge: CHALLENGE, domain: DOMAIN});
    await verifyPresentation(shown, resolver, {challenge: CHALLENGE, domain: DOMAIN});
    add(vp, '', shown);
    for(const [what, body] of Object.entries(alterToken(shown))) {
      add(vp, what, body);
    }
    add({...vp, challenge: 'another'}, 'challenge', shown);
    add({...vp, domain: 'https://another.example.org'}, 'domain', shown);
  }
  return out;
}
