// didkit: the ssi library in Rust, as WebAssembly.
import * as didkit from '@spruceid/didkit-wasm-node';
import {CHALLENGE, DOMAIN, PAST, UNTIL, alterDocument, alterToken, credentialV1, newKey} from './keys.mjs';

export const name = 'didkit';

export async function verify(e) {
  const jwt = e.format === 'vc-jwt-1.1';
  // It knows the did:keys of these types alone.
  if(!jwt && e.format !== 'Ed25519Signature2020' || !['Ed25519', 'secp256k1'].includes(e.key)) {
    return undefined;
  }
  const options = {proofFormat: jwt ? 'jwt' : 'ldp',
    ...(e.kind === 'presentation' && {challenge: e.challenge, domain: e.domain})};
  const check = e.kind === 'presentation' ? didkit.verifyPresentation : didkit.verifyCredential;
  const {errors} = JSON.parse(await check(e.body, JSON.stringify(options)));
  if(errors.length) {
    throw new Error(errors.join('; '));
  }
  return true;
}

export async function issue() {
  const out = [];
  const key = await newKey('Ed25519');
  const secret = JSON.stringify(key.jwk);
  const base = {maker: name, kind: 'credential', key: 'Ed25519', issuer: key.did};
  const add = (e, altered, body) => out.push({...e, altered, body, name: `${e.kind} ${e.format} ${e.key} ${altered}`});
  for(const [format, proof] of [['vc-jwt-1.1', {proofFormat: 'jwt'}], ['Ed25519Signature2020', {type: 'Ed25519Signature2020'}]]) {
    const options = {...proof, verificationMethod: key.id, proofPurpose: 'assertionMethod'};
    const make = until => {
      const credential = credentialV1(key.did, until);
      if(proof.type) {
        credential['@context'].push('https://w3id.org/security/suites/ed25519-2020/v1');
      }
      return didkit.issueCredential(JSON.stringify(credential), JSON.stringify(options), secret);
    };
    const good = await make(UNTIL);
    const alter = proof.type ? text => alterDocument(JSON.parse(text)) : alterToken;
    const e = {...base, format};
    add(e, '', good);
    add(e, 'expired', await make(PAST));
    for(const [what, body] of Object.entries(alter(good))) {
      add(e, what, body);
    }
    const context = ['https://www.w3.org/2018/credentials/v1', ...(proof.type ? ['https://w3id.org/security/suites/ed25519-2020/v1'] : [])];
    const vp = {...e, kind: 'presentation', format: proof.type ? format : 'vp-jwt-1.1', challenge: CHALLENGE, domain: DOMAIN};
    const shown = await didkit.issuePresentation(JSON.stringify({
      '@context': context, type: ['VerifiablePresentation'], holder: key.did, verifiableCredential: proof.type ? JSON.parse(good) : [good],
    }), JSON.stringify({...options, proofPurpose: 'authentication', challenge: CHALLENGE, domain: DOMAIN}), secret);
    add(vp, '', shown);
    for(const [what, body] of Object.entries(alter(shown))) {
      add(vp, what, body);
    }
    add({...vp, challenge: 'another'}, 'challenge', shown);
    add({...vp, domain: 'https://another.example.org'}, 'domain', shown);
  }
  return out;
}
