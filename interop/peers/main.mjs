// node main.mjs DIR: reads DIR/ours.json and writes what the peers make of it to
// DIR/theirs-of-ours.json, and what they issue to DIR/theirs.json.
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

const dir = process.argv[2];
const names = process.argv[3]?.split(',') ?? ['jose', 'didjwt', 'veramo', 'digitalbazaar', 'didkit', 'sdjwt'];

// No library gets to the network, whatever it would like.
globalThis.fetch = () => Promise.reject(new Error('no network'));

const ours = JSON.parse(await readFile(join(dir, 'ours.json'), 'utf8'));
const verdicts = [];
const theirs = [];
for(const name of names) {
  const peer = await import(`./${name}.mjs`);
  for(const e of ours) {
    const v = {by: peer.name, maker: e.maker, name: e.name, accepted: false};
    try {
      const accepted = await peer.verify(e);
      if(accepted === undefined) {
        continue;
      }
      v.accepted = accepted;
    } catch(error) {
      v.why = String(error?.message ?? error).slice(0, 500);
    }
    verdicts.push(v);
  }
  theirs.push(...await peer.issue());
}
await writeFile(join(dir, 'theirs-of-ours.json'), JSON.stringify(verdicts, null, 1));
await writeFile(join(dir, 'theirs.json'), JSON.stringify(theirs, null, 1));
process.exit(0);
