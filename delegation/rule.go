package delegation

import "strconv"

// Rule is one of the numbered rules that a chain and an invocation must satisfy,
// in their order (docs/spec.md section 7). A Rule is an error: the sentinel of
// every [Refusal] by it, so errors.Is(err, delegation.ErrSignature) asks whether
// rule 4 refused.
//
//nolint:errname // it is a rule, and an error by the way
type Rule uint8

// The rules. Checking is in this order and, within a rule, from the root to the
// leaf; the first failure is the answer.
const (
	ErrChain       Rule = iota + 1 // 1: 1 to 16 links of bounded size and nesting
	ErrLink                        // 2: each link is exactly a task credential
	ErrRoot                        // 3: the root issuer is trusted
	ErrSignature                   // 4: each link is signed by its issuer
	ErrOrder                       // 5: each parent's subject issues the child, ids differ
	ErrParent                      // 6: each child names its parent by id and digest
	ErrTime                        // 7: every link is valid now and short-lived
	ErrOutlives                    // 8: no child outlives its parent
	ErrDepth                       // 9: no more links than each link's depth allows
	ErrTask                        // 10: one task
	ErrWidened                     // 11: no authority is wider than its parent's
	ErrStatus                      // 12: no link is suspended or revoked
	ErrInvocation                  // 13: the leaf's agent invokes, for this verifier, once
	ErrMismatch                    // 14: what is invoked is what is requested
	ErrNotAllowed                  // 15: every link allows the request
	ErrRequires                    // 16: evidence and approvals that are asked for are there
	ErrBudget                      // 17: the ledger has room
	ErrConstrained                 // 18: the verifier's own hook agrees
)

var ruleTexts = [...]string{
	"no rule",
	"chain is not 1 to 16 links of bounded size",
	"link is not a well-formed task credential",
	"root is not trusted",
	"link is not signed by its issuer",
	"chain is broken",
	"link does not name its parent",
	"link is not valid now",
	"link is valid outside its parent's time",
	"delegated deeper than allowed",
	"link is of another task",
	"authority is wider than its parent's",
	"status refuses",
	"invocation is not acceptable",
	"invocation is not of this request",
	"request is not allowed",
	"requirement is not met",
	"budget refuses",
	"verifier's own constraint refuses",
}

// ruleFixes are what would help where a refusal knows nothing better.
var ruleFixes = [...]string{
	ErrChain:       "present 1 to 16 links, root first, each within its bounds",
	ErrLink:        "have its issuer issue it anew",
	ErrRoot:        "start the chain at a root that this verifier trusts",
	ErrSignature:   "present the link as its issuer signed it",
	ErrOrder:       "present every link, once and in order",
	ErrParent:      "present the link under the parent that it names",
	ErrTime:        "have its issuer issue it for a shorter time that includes the present",
	ErrTask:        "delegate within one task",
	ErrStatus:      "show status lists that are fresh and have the link's entries",
	ErrInvocation:  "sign a new invocation, for this verifier and under this chain",
	ErrMismatch:    "invoke exactly the request that is made",
	ErrRequires:    "show what the link requires",
	ErrBudget:      "ask whoever runs the verifier to see to its ledger",
	ErrConstrained: "ask whoever runs the verifier",
}

// Error returns what the rule's failure means, in a few words.
func (r Rule) Error() string {
	if int(r) < len(ruleTexts) {
		return "delegation: rule " + strconv.Itoa(int(r)) + ": " + ruleTexts[r]
	}
	return "delegation: rule " + strconv.Itoa(int(r))
}
