package delegation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
)

// Requires is what must be shown beside an invocation. At least one of the two is
// stated.
type Requires struct {
	// Attestation lists digests of agent manifests; the leaf agent proves that it
	// runs one of them.
	Attestation []string
	// Approval lists rules. Each whose actions have the action must be met, by
	// approvers that are no agent of the chain.
	Approval []ApprovalRule
}

// ApprovalRule asks for the approval of at least Min distinct ones of By, did:key
// DIDs of Ed25519 or P-256, for every action inside Actions.
type ApprovalRule struct {
	Actions []string
	By      []string
	Min     int
}

var errDigest = errors.New("want u and the base64url of a SHA-256 multihash")

// requires is Requires, compiled. A nil slice is absent.
type requires struct {
	attestation []string
	approval    []approval
}

type approval struct {
	actions patterns
	by      []string // as stated
	sorted  []string // by, sorted
	min     int64
}

func newRequires(r *Requires) (q requires, err error) {
	if r == nil {
		return q, nil
	}
	if r.Attestation == nil && r.Approval == nil {
		return q, errEmpty
	}
	if r.Attestation != nil {
		if q.attestation, err = newAttestation(r.Attestation); err != nil {
			return q, placed("attestation", err)
		}
	}
	if r.Approval != nil {
		if q.approval, err = newApprovals(r.Approval); err != nil {
			return q, placed("approval", err)
		}
	}
	return q, nil
}

func newAttestation(digests []string) ([]string, error) {
	if err := checkList(digests); err != nil {
		return nil, err
	}
	for _, d := range digests {
		if !multikey.IsDigest(d) {
			return nil, placed(quote(d), errDigest)
		}
	}
	return digests, nil
}

func newApprovals(rules []ApprovalRule) ([]approval, error) {
	if n := len(rules); n == 0 || n > maxElements {
		return nil, errCount(n)
	}
	out := make([]approval, len(rules))
	for i := range rules {
		a, err := newApproval(&rules[i])
		if err != nil {
			return nil, placed(fmt.Sprintf("rule %d", i), err)
		}
		out[i] = a
	}
	return out, checkDistinct(len(out), func(b []byte, i int) []byte { return out[i].append(b) })
}

func newApproval(r *ApprovalRule) (a approval, err error) {
	if a.actions, err = newPatterns(r.Actions, parseAction); err != nil {
		return a, placed("actions", err)
	}
	if err = checkList(r.By); err != nil {
		return a, placed("by", err)
	}
	for _, by := range r.By {
		if err := checkApprover(by); err != nil {
			return a, placed("by", err)
		}
	}
	if r.Min < 1 || r.Min > len(r.By) {
		return a, fmt.Errorf("min %d, want 1 to the %d of by", r.Min, len(r.By))
	}
	a.by, a.sorted, a.min = r.By, slices.Sorted(slices.Values(r.By)), int64(r.Min)
	return a, nil
}

// checkApprover refuses what is no did:key of a kind that a chain may have.
func checkApprover(text string) error {
	multikey, ok := strings.CutPrefix(text, "did:key:")
	if !ok {
		return fmt.Errorf("%s is no did:key", quote(text))
	}
	key, err := did.ParseKey(multikey)
	if err != nil {
		return placed(quote(text), err)
	}
	if t := key.Type(); t != did.Ed25519 && t != did.P256 {
		return fmt.Errorf("%s is a %s key, want Ed25519 or P-256", quote(text), t)
	}
	return nil
}

// exceeded returns why c, the child's, asks for less than q: what was offered and
// what q asks. Both are empty where it does not.
func (q *requires) exceeded(c *requires) (offered, allowed string) {
	if q.attestation != nil {
		if c.attestation == nil {
			return "no attestation", quoteAll(q.attestation)
		}
		for _, d := range c.attestation {
			if !slices.Contains(q.attestation, d) {
				return "attestation " + quote(d), quoteAll(q.attestation)
			}
		}
	}
	if p := q.unmet(c.approval, q.comparisons(c) > manyComparisons); p != nil {
		return "no approval rule as strict", p.String()
	}
	return "", ""
}

func (q *requires) comparisons(c *requires) int {
	sizes := [2]int{}
	for k, rules := range [2][]approval{q.approval, c.approval} {
		for i := range rules {
			sizes[k] += len(rules[i].actions)
		}
	}
	return sizes[0] * sizes[1]
}

// unmet returns the first approval rule that no rule of the child's covers.
func (q *requires) unmet(child []approval, indexed bool) *approval {
	var x index
	if indexed {
		x = newIndex(len(child), func(i int) patterns { return child[i].actions })
	}
	for i := range q.approval {
		p := &q.approval[i]
		candidates := ^uint64(0)
		for j := range p.actions {
			if indexed {
				candidates &= x.covering(&p.actions[j])
			}
		}
		if !p.metAmong(child, candidates) {
			return p
		}
	}
	return nil
}

func (p *approval) metAmong(child []approval, candidates uint64) bool {
	for i := range child {
		if candidates&(1<<i) != 0 && p.metBy(&child[i]) {
			return true
		}
	}
	return false
}

// metBy reports whether what fulfils a fulfils p: a stands for all of p's actions,
// with no other approvers and no fewer.
func (p *approval) metBy(a *approval) bool {
	if a.min < p.min {
		return false
	}
	rest := p.sorted
	for _, by := range a.sorted {
		for len(rest) > 0 && rest[0] < by {
			rest = rest[1:]
		}
		if len(rest) == 0 || rest[0] != by {
			return false
		}
	}
	return a.actions.outside(p.actions) == nil
}

func (p *approval) String() string {
	return fmt.Sprintf("actions %s by %d of %s", quoteAll(p.actions.texts()), p.min, quoteAll(p.by))
}
