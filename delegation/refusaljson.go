package delegation

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/taperid/taper/vc"
)

// refusalJSON is a Refusal for programs. Its names are those of docs/spec.md 7.3.
type refusalJSON struct {
	Rule       int             `json:"rule,omitempty"`
	Error      string          `json:"error"`
	Link       *int            `json:"link,omitempty"`
	Issuer     string          `json:"issuer,omitempty"`
	Holder     string          `json:"holder,omitempty"`
	Credential string          `json:"credential,omitempty"`
	Dimension  Dimension       `json:"dimension,omitempty"`
	Cause      string          `json:"cause,omitempty"`
	Offered    string          `json:"offered,omitempty"`
	Allowed    string          `json:"allowed,omitempty"`
	Fix        string          `json:"fix,omitempty"`
	Grantor    string          `json:"grantor,omitempty"`
	Approval   *approvalWanted `json:"approval,omitempty"`
}

// approvalWanted is what a refusal in JSON tells of the approvals that are missing:
// what the verifier charges and who may approve. The rest the agent knows, which
// made the request.
type approvalWanted struct {
	Amounts map[string]int64 `json:"amounts,omitempty"`
	Rules   []ruleJSON       `json:"rules"`
}

// MarshalJSON writes the refusal for the agent that was refused: all of it but what
// is not the agent's to know, namely the values of arguments, and what a ledger, a
// resolver, a status checker, an attestor or a hook said, of which only the errors
// that this library names are told.
func (r *Refusal) MarshalJSON() ([]byte, error) {
	out := refusalJSON{
		Rule: int(r.Rule), Error: "refused", Credential: r.Credential, Dimension: r.Dimension,
		Cause: r.publicCause(), Offered: r.Offered, Allowed: r.Allowed, Fix: r.fix(),
		Issuer: r.Issuer.String(), Holder: r.Holder.String(), Grantor: r.Grantor.String(),
	}
	if r.Rule != 0 {
		_, out.Error, _ = strings.Cut(strings.TrimPrefix(r.Rule.Error(), "delegation: "), ": ")
	}
	if r.Link >= 0 {
		out.Link = &r.Link
	}
	if a := r.Approval; a != nil {
		out.Approval = &approvalWanted{Amounts: a.Amounts}
		for _, rule := range a.Rules {
			out.Approval.Rules = append(out.Approval.Rules, ruleJSON(rule))
		}
	}
	return json.Marshal(out)
}

// publicCause is the cause, as far as an agent may know it.
func (r *Refusal) publicCause() string {
	var out outside
	if r.Err == nil {
		return ""
	}
	if !errors.As(r.Err, &out) {
		return r.cause()
	}
	for _, known := range []error{
		ErrReplayed, ErrReplayFull, ErrOverBudget, ErrLedgerFull, vc.ErrRevoked, vc.ErrSuspended, errEvidence,
	} {
		if errors.Is(out, known) {
			return known.Error()
		}
	}
	return ""
}
