package audit

import (
	"time"

	"github.com/taperid/taper/did"
)

// Type says what an entry is about.
type Type string

// The types of entries.
const (
	TaskOpen     Type = "task.open"     // a writer begins: its first entry, seq 0
	Delegate     Type = "delegate"      // an agent gave a link to a sub-agent
	ActionIntent Type = "action.intent" // an agent is about to act
	Decided      Type = "decision"      // a verifier permitted or refused
	ActionResult Type = "action.result" // what came of an action
	StatusSeen   Type = "status.seen"   // a status list was seen, and the mode it gives
	TaskClose    Type = "task.close"    // a writer ends: its last entry
)

// Role is from which side a writer saw what it writes.
type Role string

// The roles.
const (
	RoleAgent    Role = "agent"
	RoleVerifier Role = "verifier"
)

// Entry is the content of one entry. An absent member is the zero value; which
// members an entry must and may have depends on its type and role and is in the
// table of the package's documentation. Digests are multibase texts as [Salted]
// returns them, except where a Hash, the leaf hash of an entry, is wanted.
// Strings are at most MaxString bytes, without control, bidirectional and
// line-separator characters.
//
// A [Recorder] keeps the members from ID to Anchor; of them, a caller may set ID.
type Entry struct {
	Type Type

	ID     string    // an absolute URI; the recorder's is derived from Agent and Seq
	Agent  did.DID   // the did:key of the writer
	Role   Role      // agent or verifier
	Seq    uint64    // 0, 1, 2, ... without a gap
	Prev   Hash      // leaf hash of the entry before; none for seq 0
	Time   time.Time // as the writer claims, in whole seconds
	Anchor *Anchor   // the last checkpoint that the writer had seen

	Task     string  // id of the task
	Cap      string  // digest of the leaf link that the agent acts under
	Parent   *Parent // who delegated to the agent
	Chain    *Chain  // the chain of task credentials
	Children []Child // on task.close, where the agent's sub-agents ended

	Invocation string    // digest of the invocation's exact bytes
	Action     string    // its name
	Resource   *Resource // what it is on
	Args       string    // salted digest
	Input      string    // salted digest
	Output     string    // salted digest
	Decision   *Decision
	Why        *Why
	Intent     Hash // on a result, leaf hash of the action.intent it ends
	Outcome    Outcome

	Model   *Model
	Tool    *Tool
	Receipt string // on an agent's result, digest of the verifier's signed receipt
	Runtime string // digest of the runtime's attestation
	Trace   string // W3C traceparent
}

// Anchor names a checkpoint that a writer had seen when it signed: what it
// signed is later than that, and whoever reads it can hold the log to it.
type Anchor struct {
	Origin     string
	Size       uint64
	Root       Hash
	Checkpoint string // digest of the signed checkpoint, which its holder keeps
}

// Parent is the delegation that an agent came from.
type Parent struct {
	Agent did.DID
	Entry Hash // leaf hash of its delegate entry
}

// Child is where a sub-agent ended.
type Child struct {
	Agent did.DID
	Last  Hash // leaf hash of its last entry
}

// Chain is a chain of task credentials, root first, without their content.
type Chain struct {
	Digest string // of the leaf link, which names the chain
	Links  []Link
}

// Link is one task credential.
type Link struct {
	ID      string
	Digest  string
	Issuer  did.DID
	Subject did.DID
}

// Resource is what an action is on: its URI as a salted digest, and the pattern
// of the grant that allowed it.
type Resource struct {
	Digest  string
	Pattern string
}

// Effect is what a verifier decided.
type Effect string

// The effects. Constrain is a permit under a guarded mode or with less than was
// asked.
const (
	Permit    Effect = "permit"
	Deny      Effect = "deny"
	Constrain Effect = "constrain"
)

// Decision is what a verifier decided, and why by its rules.
type Decision struct {
	Effect    Effect
	Rule      int    // of the verification rules, 1-18; a deny has one
	Link      *int   // the link that the rule names, from 0; nil: none
	Dimension string // of the authority language
	Mode      string // normal, guarded, suspended, revoked
	Policy    string // digest of the verifier's configuration
	Status    []StatusList
	AsOf      time.Time // validFrom of the oldest status list that was looked at; zero: none was
	Approval  []string  // digests of the approvals
	Count     int       // of equal denials that this entry stands for; 0: one

	// Amounts is what the permitted action may spend, by unit: at most 64 units, each
	// 1 to 64 of A-Z a-z 0-9 . _ / -, of 0 to 2^53-1. A denial has none.
	Amounts map[string]int64
}

// StatusList is a status list that was looked at.
type StatusList struct {
	Digest string
	AsOf   time.Time // its validFrom
}

// Why is the writer's reason: a code and a commitment to its words.
type Why struct {
	Code   WhyCode
	Digest string // salted digest
}

// WhyCode is a reason from a fixed list.
type WhyCode string

// The reasons there are.
const (
	WhyInstruction WhyCode = "instruction" // someone asked for it
	WhyPlan        WhyCode = "plan"        // a step of the agent's own plan
	WhyObservation WhyCode = "observation" // something seen called for it
	WhyRetry       WhyCode = "retry"
	WhyDelegation  WhyCode = "delegation"
	WhySchedule    WhyCode = "schedule"
	WhyApproval    WhyCode = "approval"
	WhyPolicy      WhyCode = "policy"
	WhySafety      WhyCode = "safety"
	WhyRecovery    WhyCode = "recovery"
	WhyCompletion  WhyCode = "completion"
	WhyOther       WhyCode = "other"
)

// Model is the model that decided.
type Model struct {
	Provider, Name, Version string
	Digest                  string // of its manifest
}

// Tool is the tool that was used.
type Tool struct {
	Name, Version string
	Digest        string
}

// Outcome is what came of an action or a task.
type Outcome string

// The outcomes.
const (
	OutcomeOK        Outcome = "ok"
	OutcomeError     Outcome = "error"
	OutcomeDenied    Outcome = "denied"
	OutcomeTimeout   Outcome = "timeout"
	OutcomeCancelled Outcome = "cancelled"
	OutcomeUnknown   Outcome = "unknown"
)
