package delegation

import (
	"fmt"
	"maps"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// The bounds of approvals (docs/spec.md section 6.2).
const (
	maxApprovalBytes = 32 << 10
	maxApprovalLife  = 900 // seconds
	maxApprovals     = 64
)

const typApproval = "agent-approval+jwt"

var approvalKind = jose.Kind{Typ: typApproval}

// Approval is what an approver signed: that one invocation of an agent may be
// acted on. By itself it is unverified; those of an [Authorization] are not.
type Approval struct {
	Digest     string // of the token's exact bytes
	ID         string // jti
	Approver   did.DID
	Agent      did.DID          // sub: the leaf agent
	Leaf       string           // cap: digest of the leaf link
	Audience   string           // aud
	Action     string           // act
	Resource   string           // res
	Invocation string           // inv: the jti of the invocation
	Amounts    map[string]int64 // amt: the most of each unit; others are not approved
	IssuedAt   time.Time
	ExpiresAt  time.Time
}

// approved is an approval whose form was checked, and nothing else.
type approved struct {
	Approval
	token     *jose.Token
	key       did.Key
	args      string // salted digest of the arguments
	issuedAt  int64
	expiresAt int64
}

// ParseApproval reads an approval without verifying it, for a report.
func ParseApproval(token string) (Approval, error) {
	a, err := parseApproval(token)
	if err != nil {
		return Approval{}, &Refusal{Rule: ErrRequires, Link: noLink, Err: fmt.Errorf("approval: %w", err)}
	}
	return a.Approval, nil
}

// parseApproval checks the form of an approval (rule 16).
func parseApproval(token string) (*approved, error) {
	t, err := jose.Parse(token, maxApprovalBytes, approvalKind)
	if err != nil {
		return nil, err
	}
	a := &approved{token: t}
	a.Digest = multikey.Digest(t.Raw)
	var seen names
	err = strictjson.Read(t.Payload, len(t.Payload), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			seen.add(name)
			return a.readClaim(r, name)
		})
	})
	if err != nil {
		return nil, err
	}
	if err := seen.require("iss", "sub", "cap", "aud", "act", "res", "args", "amt", "inv", "jti", "iat", "exp"); err != nil {
		return nil, err
	}
	if life := a.expiresAt - a.issuedAt; life <= 0 || life > maxApprovalLife {
		return nil, fmt.Errorf("exp is %d s after iat, want 1 to %d", life, maxApprovalLife)
	}
	a.IssuedAt, a.ExpiresAt = seconds(a.issuedAt), seconds(a.expiresAt)
	return a, nil
}

func (a *approved) readClaim(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "iss":
		a.Approver, a.key, err = readHolder(r)
	case "sub":
		a.Agent, _, err = readHolder(r)
	case "cap":
		a.Leaf, err = readDigest(r, name)
	case "aud":
		a.Audience, err = readText(r, name)
	case "act":
		a.Action, err = readText(r, name)
	case "res":
		a.Resource, err = readText(r, name)
	case "args":
		a.args, err = readDigest(r, name)
	case "amt":
		a.Amounts, err = readAmounts(r)
		if err == nil {
			err = checkAmounts(a.Amounts)
		}
	case "inv":
		a.Invocation, err = readID(r, name)
	case "jti":
		a.ID, err = readID(r, name)
	case "iat":
		a.issuedAt, err = readSeconds(r, name)
	case "exp":
		a.expiresAt, err = readSeconds(r, name)
	default:
		err = unknown(name, "an approval")
	}
	return err
}

// checkSignature: it was signed by who it says, in the one form that signers issue.
func (a *approved) checkSignature() error {
	if kid := a.token.Header.Kid; kid != a.key.Method() {
		return fmt.Errorf("kid %.120q is not the key of %s", kid, a.Approver)
	}
	return verifySignature(a.key, a.token.Header.Alg, a.token.Input, a.token.Signature)
}

// checkBinding: it is for this very invocation, and for what it costs.
func (a *approved) checkBinding(inv *invocation, leaf *link, req *Request) error {
	for _, c := range []struct{ name, offered, allowed string }{
		{"sub", a.Agent.String(), leaf.subject.String()},
		{"cap", a.Leaf, leaf.digest},
		{"aud", a.Audience, inv.audience},
		{"inv", a.Invocation, inv.id},
		{"act", a.Action, inv.action},
		{"res", a.Resource, inv.resource},
		{"args", a.args, inv.args},
	} {
		if c.offered != c.allowed {
			return fmt.Errorf("%s is %s, the invocation's is %s", c.name, quote(c.offered), quote(c.allowed))
		}
	}
	for unit, amount := range req.Amounts {
		if most, ok := a.Amounts[unit]; !ok || amount > most {
			return fmt.Errorf("%d %s are not approved", amount, unit)
		}
	}
	return nil
}

func (a *approved) public() Approval {
	out := a.Approval
	out.Amounts = maps.Clone(a.Amounts)
	return out
}
