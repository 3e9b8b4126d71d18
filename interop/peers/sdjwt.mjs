// sd-jwt-js: SD-JWT VC.
import {createHash, createPublicKey, createPrivateKey, randomBytes, sign as sign_, verify as verify_} from 'node:crypto';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {CHALLENGE, DOMAIN, FROM, PAST, UNTIL, VCT, alterToken, newKey, publicJwk, sd, seconds} from './keys.mjs';

export const name = 'sd-jwt-js';

const hasher = (data, alg) => createHash(alg.replace('-', '')).update(data).digest();
const hashes = {EdDSA: null, ES256: 'sha256', ES384: 'sha384', ES512: 'sha512'};

const signer = (jwk, alg) => data => sign_(hashes[alg], Buffer.from(data),
  {key: createPrivateKey({key: jwk, format: 'jwk'}), dsaEncoding: 'ieee-p1363'}).toString('base64url');
const verifier = (jwk, alg) => (data, signature) => verify_(hashes[alg], Buffer.from(data),
  {key: createPublicKey({key: jwk, format: 'jwk'}), dsaEncoding: 'ieee-p1363'}, Buffer.from(signature, 'base64url'));

const ALGS = {Ed25519: 'EdDSA', 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512'};

export async function verify(e) {
  const alg = ALGS[e.key];
  if(e.format !== 'dc+sd-jwt' || !e.jwk || !alg) {
    return undefined;
  }
  const instance = new SDJwtVcInstance({
    hasher, hashAlg: 'sha-256', verifier: verifier(e.jwk, alg), signAlg: alg,
    kbVerifier: (data, signature, payload) => verifier(payload.cnf.jwk, alg)(data, signature),
  });
  const {payload, kb} = await instance.verify(e.body, {keyBindingNonce: e.challenge});
  // The audience is left to the caller.
  return payload.iss === e.issuer && kb?.payload.aud === e.domain;
}

export async function issue() {
  const out = [];
  for(const type of Object.keys(ALGS)) {
    const key = await newKey(type);
    const holder = await newKey(type);
    const instance = new SDJwtVcInstance({
      hasher, hashAlg: 'sha-256', saltGenerator: n => randomBytes(n).toString('hex'), signAlg: key.alg, signer: signer(key.jwk, key.alg),
      verifier: verifier(publicJwk(key.jwk), key.alg), kbSignAlg: key.alg, kbSigner: signer(holder.jwk, key.alg),
    });
    const make = async until => {
      const {kty, crv, x, y} = holder.jwk;
      const credential = await instance.issue({
        iss: key.did, iat: seconds(FROM), nbf: seconds(FROM), exp: seconds(until), vct: VCT, cnf: {jwk: {kty, crv, x, ...(y && {y})}},
        name: 'Carol', task: {action: ['read', 'search'], max: 25}, secret: 1,
      }, {_sd: ['name', 'secret', 'task'], task: {_sd: ['max'], action: {_sd: [0]}}}, {header: {kid: key.id}});
      return instance.present(credential, {name: true, task: {max: true}}, {
        kb: {payload: {iat: Math.floor(Date.now() / 1000), aud: DOMAIN, nonce: CHALLENGE}},
      });
    };
    const good = await make(UNTIL);
    const parts = good.split('~');
    const put = (i, text) => parts.map((p, j) => j === i ? text : p).join('~');
    const base = {maker: name, kind: 'presentation', format: 'dc+sd-jwt', key: type, issuer: key.did, challenge: CHALLENGE, domain: DOMAIN};
    const add = (e, altered, body) => out.push({...e, altered, body, name: `${e.format} ${e.key} ${altered}`});
    add(base, '', good);
    add(base, 'expired', await make(PAST));
    for(const [what, jws] of Object.entries(alterToken(parts[0]))) {
      add(base, what, put(0, jws));
    }
    add(base, 'disclosure', put(1, sd.encode(sd.decode(parts[1]).replace(/"[^"]*"\]$|\d+\]$/, '"mallory"]'))));
    add(base, 'disclosure more', put(1, `${parts[1]}~${sd.encode('["c2FsdA","admin",true]')}`));
    add(base, 'disclosure less', good.replace(`~${parts[1]}`, ''));
    add(base, 'binding stripped', put(parts.length - 1, ''));
    add({...base, challenge: 'another'}, 'challenge', good);
    add({...base, domain: 'https://another.example.org'}, 'domain', good);
  }
  return out;
}
