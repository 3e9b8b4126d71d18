package main

import (
	"errors"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

// sentinel is an error of the library: its code, which is its name without Err, and
// what a report says of it where the error itself does not.
type sentinel struct {
	err  error
	code string
	// Where it is, what should be there, and what helps.
	place, wanted, fix string
}

// sentinels are all that a case can meet. An error wraps several, such as a rule and its cause;
// the first in this order gives the code, so what says more stands before what says
// less: the reason of a rule before the rule, an answer before the lack of one.
var sentinels = []sentinel{
	// What the case, or its subject, is not.
	{errMember, "member", "the case", "the members that its kind has", "see the table in the README of this command"},
	{errSubject, "malformed", "the subject", "a subject of the right JSON type", "state it as the table of members says"},

	// What status lists answer.
	{delegation.ModeError(vc.Revoked), "revoked", "", "a link that is in force", "nothing brings it back: ask its issuer for a new one"},
	{delegation.ModeError(vc.Suspended), "suspended", "", "a link that is in force", "ask the operator of the status list to lift the suspension"},
	{vc.ErrRevoked, "revoked", "credentialStatus", "a credential that is in force", "nothing brings it back: ask its issuer for a new one"},
	{vc.ErrSuspended, "suspended", "credentialStatus", "a credential that is in force", "ask the issuer to lift the suspension"},

	// Time, of whatever it is.
	{revocation.ErrStale, "stale", "the status list, validFrom", "a list published within the allowed age", "fetch the list again"},
	{revocation.ErrExpired, "expired", "the status list, validUntil", "a list before its validUntil", "fetch the list again"},
	{revocation.ErrNotYetValid, "notYetValid", "the status list, validFrom", "a list that is not from the future", "compare the clocks"},
	{vc.ErrExpired, "expired", "validUntil, or exp", "a time before validUntil or exp", "ask the issuer for a new one"},
	{vc.ErrNotYetValid, "notYetValid", "validFrom, or nbf or iat", "a time from validFrom, nbf or iat on", "wait, or compare the clocks"},

	// Why a status cannot be told.
	{revocation.ErrEquivocation, "equivocation", "the status list", "one list at one time", "ask the operator which of the two lists is real: the signing key may be in two hands"},
	{revocation.ErrMissing, "missing", "credentialStatus, statusListCredential", "the status list that the entry names", "hand it over with -lists"},
	{revocation.ErrEntry, "entry", "credentialStatus", "a well-formed status entry", "have the issuer write it as the standard says"},
	{revocation.ErrPurpose, "purpose", "statusPurpose of entry and list", "a list for the purpose of the entry", "hand over the list of that purpose"},
	{revocation.ErrURL, "url", "the URL of the status list", "an absolute https URL that is the id of the list found there", "hand over the list whose id is that URL"},
	{revocation.ErrRange, "range", "credentialStatus, statusListIndex", "an index inside the list", "have the issuer name an index that the list has"},
	{revocation.ErrEncoding, "encoding", "encodedList", "canonical base64 of one gzip member", "have the list encoded as its standard says"},

	// Proofs.
	{vc.ErrAlg, "alg", "header, alg", "the algorithm of the key that signs", "have the issuer sign again; a header that was altered is an attack"},
	{vc.ErrSignature, "signature", "the signature", "a signature by the key that is named", "get the document as it was signed: it was altered, or another key signed"},
	{vc.ErrTyp, "typ", "header, typ", "a token of the kind that is asked for", "present the right kind of token"},
	{revocation.ErrSigner, "signer", "the signer of the status list", "a list signed by who may sign it", "hand over the list of the operator, or name its signer"},
	{revocation.ErrSize, "size", "encodedList", "a list of 131,072 entries or more, within the bounds", "have the operator publish a list of that size"},
	{revocation.ErrList, "list", "the status list credential", "a status list credential of the kind of the entry", "hand over the list that the entry names"},

	// Credentials and presentations.
	{vc.ErrUntrusted, "untrusted", "issuer", "an issuer that is trusted", "name the issuer with -root if you trust it"},
	{vc.ErrIssuer, "issuer", "issuer and verification method", "a key of the issuer", "have the issuer itself sign it"},
	{vc.ErrHolder, "holder", "holder and verification method", "a signature by the holder", "have the holder sign the presentation"},
	{vc.ErrChallenge, "challenge", "nonce, or challenge", "the challenge that the verifier gave", "have the holder sign for this challenge"},
	{vc.ErrDomain, "domain", "aud, or domain", "the domain of this verifier", "have the holder sign for this domain"},
	{vc.ErrKey, "key", "kid, or verificationMethod", "a key that is known and meant for this", "name a verification method of a did:key or did:jwk"},
	{vc.ErrPurpose, "purpose", "proofPurpose", "the purpose that fits: assertionMethod, or authentication for a presentation", "have it signed for this purpose"},
	{vc.ErrProof, "proof", "the proof", "a proof of the right form", "have it written as Data Integrity 1.0 says"},
	{vc.ErrSize, "size", "the whole document", "a document within the bounds", "send a smaller one"},
	{vc.ErrFormat, "format", "the securing", "a securing that is supported", "secure it as vc+jwt or with a Data Integrity suite that is supported"},
	{vc.ErrContext, "context", "@context", "the contexts of the data model, in order", "have the issuer write @context as the data model says"},
	{vc.ErrJSONLD, "jsonld", "the JSON-LD of the document", "terms that its contexts define, and nothing that RDF would drop", "hand over its contexts with -context, or have the issuer define the terms"},
	{vc.ErrType, "type", "type", "the types of a credential", "have the issuer state type as the data model says"},
	{vc.ErrClaims, "claims", "the claims of the token", "claims that say what the credential says", "have the issuer leave out, or correct, the claims beside the credential"},
	{vc.ErrStatusEntry, "statusEntry", "credentialStatus", "a well-formed credentialStatus", "have the issuer write it as the standard says"},
	{vc.ErrStatus, "status", "credentialStatus", "a status that can be told", "hand over the status lists with -lists"},
	{vc.ErrTime, "time", "the times", "times as RFC 3339 has them, that agree", "have the issuer correct them"},
	{vc.ErrRelated, "related", "relatedResource", "the digest of what is at that URL", "get the document as it was signed, or the resource as it was then"},
	{vc.ErrModel, "model", "the content", "what the data model says", "have the issuer correct it"},
	{vc.ErrMalformed, "malformed", "the text of the document", "strict JSON in a strict compact JWS", "send it as it was signed, without padding, line ends or repeated members"},

	// What is shown of a credential.
	{sdjwt.ErrForm, "form", "the parts between the tildes", "a JWS and disclosures, each followed by a tilde", "present it as it was issued, or as this library selects"},
	{sdjwt.ErrDisclosure, "disclosure", "the disclosures", "disclosures that the issuer signed the digests of, each once", "have the holder present it again"},
	{sdjwt.ErrDigest, "digest", "_sd", "digests that stand once", "have the issuer issue it anew"},
	{sdjwt.ErrHash, "hash", "_sd_alg", "sha-256", "have the issuer issue it with sha-256"},
	{sdjwt.ErrOverwrite, "overwrite", "the disclosures", "names that the object does not have yet", "have the issuer issue it anew"},
	{sdjwt.ErrReserved, "reserved", "the claims", "_sd, _sd_alg and ... where they belong", "have the issuer issue it anew"},
	{sdjwt.ErrAlwaysShown, "alwaysShown", "the disclosures", "claims that restrict, always shown", "have the issuer issue it anew"},
	{sdjwt.ErrType, "type", "vct, or type", "a credential with a type", "have the issuer issue it anew"},
	{sdjwt.ErrConfirmation, "confirmation", "cnf", "one usable key", "have the issuer issue it for a key that is supported"},
	{sdjwt.ErrBinding, "binding", "the key binding JWT", "a proof by the holder, of this selection, for this challenge and domain", "have the holder present it for this verifier"},

	// Invocations, and the rules of chains.
	{delegation.ErrReplayed, "replayed", "invocation, jti", "an invocation that was not used before", "have the agent invoke again, with a new jti"},
	{delegation.ErrOverBudget, "overBudget", "the budget", "room in the budget", "ask for less, or wait for the next window"},
	{delegation.ErrNoApproval, "noApproval", "the approvals", "approvals by enough of those who may", "have it approved"},
	{delegation.ErrMalformedAuthority, "malformedAuthority", "the authority", "an authority as docs/spec.md section 4.1 has it", "write it in that language"},
	{delegation.ErrMalformedRequest, "malformedRequest", "the request", "a request that every reader reads alike", "state action, resource and audience as strict JSON"},
	{delegation.ErrChain, "chain", "", "a JSON array of 1 to 16 links of bounded size and nesting", "present the chain as it was issued, root first"},
	{delegation.ErrLink, "link", "", "a task credential, exactly, in a strict JWS", "have its issuer issue it anew with this library"},
	{delegation.ErrRoot, "root", "", "a root that is trusted", "name the issuer of the first link with -root if you trust it"},
	{delegation.ErrSignature, "signature", "", "a signature by the issuer's own key, with its algorithm", "get the link as it was signed: it was altered, or somebody else signed it"},
	{delegation.ErrOrder, "order", "", "links in which every holder issues the next, with ids that differ", "present all links, root first"},
	{delegation.ErrParent, "parent", "", "the id and digest of the link before", "present the link under the parent that it was issued under"},
	{delegation.ErrTime, "time", "", "a link that is valid now and short-lived", "ask its issuer for a new one"},
	{delegation.ErrOutlives, "outlives", "", "a time inside the parent's", "have it issued within the time of its parent"},
	{delegation.ErrDepth, "depth", "", "no more links than each allows", "shorten the chain, or have it issued with a greater depth"},
	{delegation.ErrTask, "task", "", "the task of the parent", "have it issued for the same task"},
	{delegation.ErrWidened, "widened", "", "an authority inside the parent's", "have it issued with less"},
	{delegation.ErrStatus, "status", "", "a status that can be told", "hand over the status lists with -lists"},
	{delegation.ErrInvocation, "invocation", "", "an invocation by the holder of the leaf, for this verifier, now", "have the agent invoke again, for this verifier and under this chain"},
	{delegation.ErrMismatch, "mismatch", "", "the invocation of this very request", "have the agent sign what is about to be run"},
	{delegation.ErrNotAllowed, "notAllowed", "", "a request that every link allows", "ask for less, or for more authority"},
	{delegation.ErrRequires, "requires", "", "the evidence and approvals that a link asks for", "present them"},
	{delegation.ErrBudget, "budget", "", "room in the budget", "ask for less, or for a greater limit"},
	{delegation.ErrConstrained, "constrained", "", "what the verifier's own rule allows", ""},
	{delegation.ErrReceipt, "receipt", "the receipt", "a receipt that the verifier signed of this invocation", "ask the verifier again"},

	// The trail.
	{audit.ErrSignature, "signature", "the signature", "a signature by the agent that the entry names", "get the entry as it was signed: it was altered, or somebody else signed it"},
	{audit.ErrEntry, "entry", "the payload", "an entry in the one form that is written", "get the leaf from the log, byte for byte"},
	{audit.ErrWitness, "witness", "the cosignatures of the checkpoint", "the quorum of witnesses that the policy asks for", "get a checkpoint that more witnesses cosigned"},
	{audit.ErrCheckpoint, "checkpoint", "the checkpoint", "a checkpoint signed by the key of the log", "get it from the log, byte for byte, and compare key and origin"},
	{audit.ErrProof, "proof", "the hashes", "hashes that lead to the root", "ask the log for the proof of this leaf at this size"},
	{audit.ErrKey, "key", "vkey", "a verifier key NAME+ID+KEY of Ed25519", "copy it from the log's operator"},
	{audit.ErrSize, "size", "the whole leaf", "an entry within the bounds", "send a smaller one"},

	// Identifiers and keys.
	{did.ErrMethod, "method", "the method of the DID", "a DID that says its own key: did:key or did:jwk", "resolve it where there is a network"},
	{did.ErrKeyType, "keyType", "the codec of the key", "a key of a type that is supported", "use Ed25519, P-256, P-384, P-521 or secp256k1"},
	{did.ErrKeyLength, "keyLength", "the bytes of the key", "a key of the length of its type", "copy the DID whole"},
	{did.ErrKey, "key", "the bytes of the key", "a point on its curve, not of small order", "nobody honest has this key: use another"},
	{did.ErrNotFound, "notFound", "what follows the DID", "something that the DID document has", "name the verification method of the document"},
	{did.ErrSignature, "signature", "the signature", "a signature by the key that is named", ""},
	{did.ErrFeature, "feature", "the query of the DID URL", "what is resolved here", "ask for the present document"},
	{did.ErrDocument, "document", "the document", "a DID document as DID Core has it", "have its controller write it so"},
	{did.ErrInvalid, "invalid", "the text of the DID", "a DID, or a DID URL", "copy it whole"},
}

// find returns the sentinel that gives an error its code.
func find(err error) sentinel {
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return s
		}
	}
	return sentinel{err: err, code: "refused"}
}

// codeOf returns the short, stable name of an error.
func codeOf(err error) string { return find(err).code }
