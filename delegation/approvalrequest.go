package delegation

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// ApprovalRequest is what an approver is asked to sign, all of it readable: never
// a digest of something that somebody else read. A [Refusal] for want of approvals
// carries one, made of the request that the verifier judged, so that it tells the
// action of the agent that acts, however many agents stand between that one and
// the approver. The agent binds it to the invocation that it is going to make
// (Bind) and hands it to its approvers.
type ApprovalRequest struct {
	Agent     did.DID
	Leaf      string // digest of the leaf link of the agent's chain
	Audience  string
	Action    string
	Resource  string
	Arguments []byte           // a JSON object; nil stands for {}
	Amounts   map[string]int64 // what it may cost at most, by unit
	// Invocation is the jti of the one invocation that is approved, and Salt the
	// salt that it has.
	Invocation string
	Salt       []byte
	// Words are what the agent says of it. Nobody checks them and nobody signs
	// them.
	Words string
	// Rules are what the links ask: of each, Min of By. Those who hold a link of
	// the chain are left out.
	Rules []ApprovalRule
}

// Bind returns a request for the approval of an invocation with these options, and
// the options, in which a random ID and Salt were chosen where they are empty. The
// invocation must be made with them.
func (a ApprovalRequest) Bind(in Invoke) (ApprovalRequest, Invoke, error) {
	if err := in.fill(); err != nil {
		return ApprovalRequest{}, Invoke{}, err
	}
	if !isInvocationID(in.ID) {
		return ApprovalRequest{}, Invoke{}, fmt.Errorf("%w: ID %.80q, want 16 to 64 characters A-Z a-z 0-9 _ -", ErrApproval, in.ID)
	}
	a.Invocation, a.Salt = in.ID, slices.Clone(in.Salt)
	if a.Words == "" {
		a.Words = in.Reason.Text
	}
	return a, in, nil
}

// ErrApproval is returned for an approval request that is malformed or not bound to an
// invocation, and to an approver who may not sign it.
var ErrApproval = errors.New("delegation: approval request")

// check refuses what no approver should sign.
func (a *ApprovalRequest) check() error {
	q := Request{Action: a.Action, Resource: a.Resource, Audience: a.Audience, Arguments: a.Arguments, Amounts: a.Amounts}
	asked, err := q.compile()
	switch {
	case err != nil:
		return err
	case !asked.actionOK || !asked.resourceOK:
		return fmt.Errorf("action %s or resource %s is not in normal form", quote(a.Action), quote(a.Resource))
	case !isAudience(a.Audience):
		return fmt.Errorf("audience %s: %w", quote(a.Audience), errAudience)
	case a.Agent.IsZero():
		return errors.New("no agent")
	case !multikey.IsDigest(a.Leaf):
		return fmt.Errorf("leaf %s: %w", quote(a.Leaf), errDigest)
	case len(a.Amounts) > maxElements:
		return errCount(len(a.Amounts))
	case !isInvocationID(a.Invocation):
		return errors.New("it is not bound to an invocation")
	case len(a.Salt) != saltSize:
		return fmt.Errorf("salt of %d bytes, want %d", len(a.Salt), saltSize)
	}
	return nil
}

// approvalRequestJSON is an ApprovalRequest on the way to an approver.
type approvalRequestJSON struct {
	Agent      string           `json:"agent"`
	Leaf       string           `json:"leaf"`
	Audience   string           `json:"audience"`
	Action     string           `json:"action"`
	Resource   string           `json:"resource"`
	Arguments  json.RawMessage  `json:"arguments,omitempty"`
	Amounts    map[string]int64 `json:"amounts,omitempty"`
	Invocation string           `json:"invocation,omitempty"`
	Salt       string           `json:"salt,omitempty"`
	Words      string           `json:"words,omitempty"`
	Rules      []ruleJSON       `json:"rules,omitempty"`
}

type ruleJSON struct {
	Actions []string `json:"actions"`
	By      []string `json:"by"`
	Min     int      `json:"min"`
}

// MarshalJSON writes the request as ParseApprovalRequest reads it.
func (a ApprovalRequest) MarshalJSON() ([]byte, error) {
	out := approvalRequestJSON{
		Agent: a.Agent.String(), Leaf: a.Leaf, Audience: a.Audience, Action: a.Action, Resource: a.Resource,
		Arguments: a.Arguments, Amounts: a.Amounts, Invocation: a.Invocation,
		Salt: base64.RawURLEncoding.EncodeToString(a.Salt), Words: a.Words,
	}
	for _, r := range a.Rules {
		out.Rules = append(out.Rules, ruleJSON(r))
	}
	return json.Marshal(out)
}

// ParseApprovalRequest reads a request for approval, strict JSON of at most 256
// KiB, that an agent bound to its invocation. What an approver could not sign is
// an error.
func ParseApprovalRequest(data []byte) (ApprovalRequest, error) {
	var a ApprovalRequest
	err := strictjson.Read(data, maxDocument, func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return memberError(name, a.readMember(r, name)) })
	})
	if err == nil {
		err = a.check()
	}
	if err != nil {
		return ApprovalRequest{}, fmt.Errorf("%w: %w", ErrApproval, err)
	}
	return a, nil
}

func (a *ApprovalRequest) readMember(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "agent":
		a.Agent, _, err = readHolder(r)
	case "leaf":
		a.Leaf, err = r.String()
	case "audience":
		a.Audience, err = r.String()
	case "action":
		a.Action, err = r.String()
	case "resource":
		a.Resource, err = r.String()
	case "arguments":
		a.Arguments, err = r.Raw()
	case "amounts":
		a.Amounts, err = readAmounts(r)
	case "invocation":
		a.Invocation, err = readID(r, name)
	case "salt":
		a.Salt, err = readSalt(r, name)
	case "words":
		a.Words, err = r.String()
	case "rules":
		a.Rules, err = readRules(r)
	default:
		err = errUnknown
	}
	return err
}

// readRules reads the rules of all links of a chain. They are for those who look
// for approvers; the verifier has its own.
func readRules(r *strictjson.Reader) ([]ApprovalRule, error) {
	var rules []ApprovalRule
	_, err := r.Array(MaxLinks*maxElements, func(int) error {
		rule, err := readApproval(r)
		rules = append(rules, rule)
		return err
	})
	return rules, err
}

// askFor returns what is to be approved for req, for these rules.
func askFor(leaf *link, req *Request, rules []ApprovalRule) *ApprovalRequest {
	return &ApprovalRequest{
		Agent: leaf.subject, Leaf: leaf.digest, Audience: req.Audience, Action: req.Action, Resource: req.Resource,
		Arguments: slices.Clone(req.Arguments), Amounts: maps.Clone(req.Amounts), Rules: rules,
	}
}
