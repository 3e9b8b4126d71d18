// Package taper gives AI agents an identity layer of their own. It holds no code:
// it is the page to start from.
//
// A principal gives an agent a short-lived, task-scoped verifiable credential; the
// agent gives narrower ones to the sub-agents it spawns; a verifier checks the
// whole chain, its status and the acting agent's proof of possession offline; and
// every action leaves a signed, tamper-evident record. Authority tapers: along a
// chain it can only get narrower.
//
// The packages, from the ground up:
//
//   - did: who somebody is. Keys, did:key, signing.
//   - vc: what somebody says. Verifiable credentials and presentations.
//   - delegation: what an agent may do. The authority language, chains of task
//     credentials, invocations, and the verifier.
//   - revocation: what holds no longer. Status lists, issued and checked.
//   - audit: what was done. Signed entries, a transparency log, the auditor.
//
// The example below is the ordinary flow on one page. examples/quickstart tells the
// whole story; docs/spec.md has the formats and rules.
package taper
