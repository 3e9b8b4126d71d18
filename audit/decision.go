package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
)

// maxRule is the last of the verification rules.
const maxRule = 18

// The units of amounts are those of limits (docs/spec.md section 4.1).
const (
	maxUnit        = 64
	unitCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-"
)

var (
	modes      = []string{"", "normal", "guarded", "suspended", "revoked"}
	dimensions = []string{
		"", "actions", "resources", "except", "args", "audience", "depth", "limits", "requires", "maxStatusAge",
	}
)

// checkDecision checks a verifier's decision, and on status.seen, which has no
// effect, the lists that were seen.
func (e *Entry) checkDecision() error {
	d := e.Decision
	if d == nil {
		return nil
	}
	if err := d.checkRanges(); err != nil {
		return err
	}
	if e.Type == StatusSeen {
		if d.Effect != "" || d.Rule != 0 || d.Link != nil || d.Dimension != "" || d.Count != 0 ||
			len(d.Approval) > 0 || len(d.Amounts) > 0 || !d.AsOf.IsZero() || len(d.Status) == 0 || d.Mode == "" {
			return errors.New("status.seen has a decision of status and mode alone")
		}
		return nil
	}
	return d.checkEffect()
}

func (d *Decision) checkEffect() error {
	refused := d.Rule != 0 || d.Link != nil || d.Dimension != ""
	switch {
	case d.Effect != Permit && d.Effect != Deny && d.Effect != Constrain:
		return fmt.Errorf("decision.effect %.40q", string(d.Effect))
	case d.Effect == Deny && d.Rule == 0:
		return errors.New("a deny without the rule")
	case d.Effect == Permit && refused:
		return errors.New("a permit with a rule, link or dimension")
	case d.Effect != Deny && d.Count != 0:
		return errors.New("decision.count is for denials")
	case d.Effect == Deny && len(d.Amounts) > 0:
		return errors.New("decision.amounts are for what is permitted")
	}
	return nil
}

func (d *Decision) checkRanges() error {
	switch {
	case d.Rule < 0 || d.Rule > maxRule:
		return fmt.Errorf("decision.rule %d, want 1 to %d", d.Rule, maxRule)
	case d.Link != nil && (*d.Link < 0 || *d.Link >= maxLinks):
		return fmt.Errorf("decision.link %d, want 0 to %d", *d.Link, maxLinks-1)
	case d.Count < 0 || d.Count == 1 || d.Count > 1<<31-1:
		return fmt.Errorf("decision.count %d, want 2 or more", d.Count)
	case !slices.Contains(dimensions, d.Dimension):
		return fmt.Errorf("decision.dimension %.40q", d.Dimension)
	case !slices.Contains(modes, d.Mode):
		return fmt.Errorf("decision.mode %.40q", d.Mode)
	case len(d.Status) > maxLists || len(d.Approval) > maxLists:
		return fmt.Errorf("decision with more than %d lists or approvals", maxLists)
	}
	for i, s := range d.Status {
		if err := errors.Join(checkDigest("digest", s.Digest), checkTime("asOf", s.AsOf)); err != nil {
			return fmt.Errorf("decision.status[%d]: %w", i, err)
		}
	}
	for i, a := range d.Approval {
		if err := checkDigest("digest", a); err != nil {
			return fmt.Errorf("decision.approval[%d]: %w", i, err)
		}
	}
	if !d.AsOf.IsZero() {
		if err := checkTime("decision.asOf", d.AsOf); err != nil {
			return err
		}
	}
	return checkAmounts(d.Amounts)
}

func checkAmounts(amounts map[string]int64) error {
	if len(amounts) > maxAmounts {
		return fmt.Errorf("decision.amounts of %d units, want at most %d", len(amounts), maxAmounts)
	}
	for unit, n := range amounts {
		switch {
		case unit == "" || len(unit) > maxUnit || strings.Trim(unit, unitCharacters) != "":
			return fmt.Errorf("decision.amounts %.80q, want 1 to %d of A-Z a-z 0-9 . _ / -", unit, maxUnit)
		case n < 0 || n > strictjson.MaxInt:
			return fmt.Errorf("decision.amounts %d %s, want 0 to 2^53-1", n, unit)
		}
	}
	return nil
}
