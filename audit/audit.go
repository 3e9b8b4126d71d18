// Package audit keeps the trail of what agents did: signed entries, chained for
// each writer, in a transparency log that an outsider can check offline.
//
// An [Entry] says one thing that happened. The agent that did it signs it, and so
// does, apart and with its own key, the verifier that let it happen: [Sign] makes
// a [Signed] entry, and [ParseSigned] is the only other way to come by one, so
// every Signed was verified. A [Recorder] is one writer: it numbers its entries
// from 0, links each to the one before by its leaf hash, and puts them into a log.
//
// A [Log] is a Merkle tree as RFC 6962 has it, published as the C2SP formats have
// it: tiles and entry bundles (tlog-tiles), signed checkpoints (tlog-checkpoint,
// signed-note) and proofs (tlog-proof). [VerifyReceipt] checks offline that one
// entry is in it; [Audit] reads all of it, checks every signature, link and hash
// against a signed checkpoint and one kept from before, and answers who did
// what, on whose authority, and what was refused and why.
//
// The log proves who signed what, and that nothing was changed, dropped or moved
// since. It does not prove that what was signed is true: for that, compare the
// entries of the two sides of an exchange, which [Audit] does. It
// matches the two by the digest of the invocation, so an intent without one has no other
// side.
//
// # The members of an entry
//
// Every entry has v (1), id, type, agent, role, seq and time, and, after seq 0,
// prev; it may have anchor, runtime and trace. Further, by type and role:
//
//	task.open     agent     must: task cap chain
//	                        may:  parent model tool why
//	delegate      agent     must: task chain (of the sub-agent)
//	                        may:  model tool why
//	action.intent agent     must: task action resource
//	                        may:  invocation args input model tool why
//	action.result agent     must: task intent outcome
//	                        may:  invocation action resource output receipt model tool why
//	status.seen   agent     must: task decision (status and mode alone)
//	                        may:  chain
//	task.close    agent     must: task
//	                        may:  children outcome model tool why
//	task.open     verifier  -
//	decision      verifier  must: invocation action resource decision
//	                        may:  task chain args input tool why
//	action.result verifier  must: invocation outcome
//	                        may:  task intent action resource output tool
//	status.seen   verifier  must: decision (status and mode alone)
//	                        may:  task chain
//	task.close    verifier  may:  outcome
//
// # What stays in the log for good
//
// DIDs, times, task ids, action names, resource patterns of grants, tool and
// model names, codes. Content is there as a salted digest alone ([Salted]): the
// salt lives with the content in the caller's store, and erasing both leaves a
// digest that says nothing and a chain that is still whole.
package audit

import "errors"

// The errors of this package. An error wraps one of them and says the place.
var (
	// ErrEntry is returned for an entry that is malformed: a member that its
	// type does not have or lacks, a value out of its range, another spelling
	// than the one that this package writes.
	ErrEntry = errors.New("audit: malformed entry")
	// ErrSignature is returned for an entry that its agent's key did not sign.
	ErrSignature = errors.New("audit: wrong signature")
	// ErrDigest is returned where a salt, a domain or a digest is not one.
	ErrDigest = errors.New("audit: malformed digest")
	// ErrKey is returned for the key of a log that is not one.
	ErrKey = errors.New("audit: malformed log key")
	// ErrCheckpoint is returned for a checkpoint that is malformed, of another
	// log, or not signed by a key that the policy trusts.
	ErrCheckpoint = errors.New("audit: wrong checkpoint")
	// ErrWitness is returned for a checkpoint that too few witnesses cosigned.
	ErrWitness = errors.New("audit: not enough witnesses")
	// ErrProof is returned for a proof that is malformed or does not hold.
	ErrProof = errors.New("audit: wrong proof")
	// ErrUnpublished is returned for an entry that no signed checkpoint covers
	// yet.
	ErrUnpublished = errors.New("audit: not published yet")
	// ErrRecorder is returned for an entry that a recorder may not write.
	ErrRecorder = errors.New("audit: refused to record")
	// ErrUndone is returned for an action that was not done since its intent could
	// not be recorded.
	ErrUndone = errors.New("audit: not done")
	// ErrWaiting is returned for an entry that may not be signed because too many
	// before it wait for the log.
	ErrWaiting = errors.New("audit: entries wait for the log")
	// ErrSize is returned for what is over a limit.
	ErrSize = errors.New("audit: too large")
)
