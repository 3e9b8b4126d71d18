package delegation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
)

// What a leaf proves that it runs is at most this old.
const maxEvidenceAge = 300 * time.Second

// maxEvidence bounds the tokens of evidence, and a token.
const (
	maxEvidence      = 8
	maxEvidenceBytes = 256 << 10
)

var (
	errNoAttestor    = errors.New("the chain asks for attestation and no attestor is configured")
	errNoEvidence    = errors.New("the chain asks for attestation and no evidence is shown")
	errEvidence      = errors.New("evidence that no attestor verifies")
	errApprovalCount = fmt.Errorf("more than %d approvals", maxApprovals)
	errNotAsked      = errors.New("no link asks its approver for this action")
	errInChain       = errors.New("its approver holds a link of the chain")
	errOpaque        = errors.New("a body that is no JSON object cannot be shown to approvers, and so not be approved")
	// ErrNoApproval is the cause of a refusal for want of approvals. What to sign
	// is in the Approval of the [Refusal].
	ErrNoApproval = errors.New("approval is missing")
)

// checkRequires is rule 16: what the links require is there, and verifies. It
// fills what a tells of it.
func (v *Verifier) checkRequires(ctx context.Context, a *Authorization, shown Shown, now time.Time) *Refusal {
	if r := v.checkEvidence(ctx, a, shown.Evidence, now); r != nil {
		return r
	}
	return v.checkApprovals(a, len(shown.Approvals), now)
}

func unmet(err error) *Refusal {
	return &Refusal{Rule: ErrRequires, Link: noLink, Dimension: dimRequires, Err: err}
}

// checkEvidence: the leaf proves, for its key and this audience and not long ago,
// that it runs an agent of a manifest that every link has. All that is shown must
// prove one.
func (v *Verifier) checkEvidence(ctx context.Context, a *Authorization, evidence []string, now time.Time) *Refusal {
	first := slices.IndexFunc(a.chain.links, func(l *link) bool { return l.authority.requires.attestation != nil })
	if first < 0 {
		return nil
	}
	refuse := func(offered string, err error) *Refusal {
		r := unmet(err)
		r.Offered, r.Allowed = offered, quoteAll(a.chain.links[first].authority.requires.attestation)
		r.Grantor, r.place = a.chain.links[first].issuer, first+1
		r.Fix = "attest an agent with one of these manifests, to this audience, in the last 5 minutes"
		return r
	}
	switch {
	case len(v.config.Attestors) == 0:
		return unmet(errNoAttestor)
	case len(evidence) == 0:
		return refuse("none", errNoEvidence)
	case len(evidence) > maxEvidence:
		return refuse(fmt.Sprintf("%d tokens", len(evidence)), fmt.Errorf("at most %d", maxEvidence))
	}
	for _, token := range evidence {
		got, err := v.attest(ctx, a, token, now)
		if err != nil {
			return refuse("evidence", err)
		}
		if err := a.runs(got.Manifest); err != nil {
			return refuse("manifest "+quote(got.Manifest), err)
		}
		a.manifest = got.Manifest
	}
	return nil
}

// attest asks the attestors in turn, and judges the answer of the first that
// verifies the evidence.
func (v *Verifier) attest(ctx context.Context, a *Authorization, token string, now time.Time) (Attested, error) {
	if len(token) > maxEvidenceBytes {
		return Attested{}, fmt.Errorf("evidence of %d bytes, at most %d", len(token), maxEvidenceBytes)
	}
	leaf, skew := a.chain.leaf(), v.config.InvocationSkew
	e := Evidence{Token: token, Agent: leaf.subject, Key: leaf.subjectKey, Audience: a.request.Audience, Now: now, Skew: skew}
	causes := []error{errEvidence}
	for _, attestor := range v.config.Attestors {
		got, err := attestor.Attest(ctx, e)
		switch {
		case err != nil:
			causes = append(causes, err)
			continue
		case !multikey.IsDigest(got.Manifest):
			return Attested{}, fmt.Errorf("manifest %s: %w", quote(got.Manifest), errDigest)
		case got.At.After(now.Add(skew)):
			return Attested{}, fmt.Errorf("evidence is of %s, later than now", got.At.UTC().Format(timeLayout))
		case now.Sub(got.At) > maxEvidenceAge:
			return Attested{}, fmt.Errorf("evidence is of %s, older than %s", got.At.UTC().Format(timeLayout), maxEvidenceAge)
		}
		return got, nil
	}
	return Attested{}, outside{errors.Join(causes...)}
}

// runs reports whether every link lets an agent of this manifest act.
func (a *Authorization) runs(manifest string) error {
	for i, l := range a.chain.links {
		if set := l.authority.requires.attestation; set != nil && !slices.Contains(set, manifest) {
			return fmt.Errorf("link %d does not have this manifest", i)
		}
	}
	if stated := a.chain.leaf().agent.Manifest; stated != "" && stated != manifest {
		return fmt.Errorf("the leaf was issued to an agent of manifest %s", stated)
	}
	return nil
}

// checkApprovals: every approval shown fits, and there are enough for every rule
// that has the action.
func (v *Verifier) checkApprovals(a *Authorization, shown int, now time.Time) *Refusal {
	rules := a.rulesFor(a.request.Action)
	if shown > maxApprovals {
		return unmet(errApprovalCount)
	}
	if len(rules) > 0 && a.request.OpaqueBody {
		return unmet(errOpaque)
	}
	by := map[did.DID]bool{}
	for i, s := range a.invocation.approvals {
		if s.err == nil {
			s.err = v.fits(s.approved, a, rules, now)
		}
		if s.err != nil {
			return unmet(fmt.Errorf("approval %d: %w", i, s.err))
		}
		by[s.Approver] = true
	}
	if r := a.chain.lacking(rules, by); r != nil {
		r.Approval = askFor(a.chain.leaf(), &a.request, a.chain.approvers(rules))
		return r
	}
	return nil
}

// fits reports whether an approval fits: its time, its approver, what it is bound
// to, and last its signature.
func (v *Verifier) fits(ap *approved, a *Authorization, rules []linkRule, now time.Time) error {
	if err := timely(ap.issuedAt, ap.expiresAt, now, v.config.InvocationSkew); err != nil {
		return err
	}
	approver := ap.Approver.String()
	switch {
	case a.chain.holds(ap.Approver):
		return errInChain
	case !slices.ContainsFunc(rules, func(r linkRule) bool { return slices.Contains(r.by, approver) }):
		return errNotAsked
	}
	if err := ap.checkBinding(a.invocation, a.chain.leaf(), &a.request); err != nil {
		return err
	}
	return ap.checkSignature()
}

// linkRule is an approval rule and the number of its link.
type linkRule struct {
	*approval
	link int
}

// rulesFor returns the rules of all links that have the action.
func (c *VerifiedChain) rulesFor(action string) (rules []linkRule) {
	for i, l := range c.chain.links {
		for j := range l.authority.requires.approval {
			if a := &l.authority.requires.approval[j]; a.actions.has(action) {
				rules = append(rules, linkRule{a, i})
			}
		}
	}
	return rules
}

// holds reports whether d is the holder of a link.
func (c Chain) holds(d did.DID) bool {
	return slices.ContainsFunc(c.links, func(l *link) bool { return l.subject == d })
}

// lacking says which rule has too few approvers.
func (c Chain) lacking(rules []linkRule, by map[did.DID]bool) *Refusal {
	for _, rule := range rules {
		var n int64
		for d := range by {
			if slices.Contains(rule.by, d.String()) {
				n++
			}
		}
		if n >= rule.min {
			continue
		}
		r := unmet(fmt.Errorf("link %d: %w", rule.link, ErrNoApproval))
		r.Offered, r.Allowed = fmt.Sprintf("%d approvals", n), rule.String()
		r.place = rule.link + 1
		r.Fix = "show them what Approval says, and invoke again with what they sign"
		if len(rule.by) == 1 {
			r.Grantor, _ = did.Parse(rule.by[0])
		}
		return r
	}
	return nil
}

// approvers returns the rules as those who look for approvers need them: without
// those who hold a link, and each once.
func (c Chain) approvers(rules []linkRule) (out []ApprovalRule) {
	seen := map[string]bool{}
	for _, rule := range rules {
		if text := rule.String(); seen[text] {
			continue
		} else {
			seen[text] = true
		}
		r := ApprovalRule{Actions: rule.actions.texts(), Min: int(rule.min)}
		for _, by := range rule.by {
			if d, err := did.Parse(by); err == nil && !c.holds(d) {
				r.By = append(r.By, by)
			}
		}
		out = append(out, r)
	}
	return out
}
