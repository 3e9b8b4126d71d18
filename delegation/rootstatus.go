package delegation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/taperid/taper/vc"
)

var (
	errNoChecker   = errors.New("the link has a status and no status checker is configured")
	errUnrevocable = errors.New("nothing can revoke the chain: its root has no status and lives too long")
)

// checkStatus is rule 12: it looks up every link that has a status, and fills the
// modes of c.
func (v *Verifier) checkStatus(ctx context.Context, c *VerifiedChain, anchor *Anchor, now time.Time) *Refusal {
	links := c.chain.links
	c.modes = make([]vc.Mode, len(links))
	maxAge := v.maxAge(links, anchor)
	for i, l := range links {
		if l.statusErr != nil {
			return &Refusal{Rule: ErrStatus, Link: i, Err: l.statusErr}
		}
		if i == 0 && !l.revocable() && !anchor.AllowUnrevocable && l.until.Sub(l.from) > maxAge {
			return &Refusal{
				Rule: ErrStatus, Link: i, Err: errUnrevocable, Offered: l.until.Sub(l.from).String(), Allowed: "at most " + maxAge.String() + " without a status",
				Fix: "have the root issue it with a credentialStatus",
			}
		}
		s, err := v.linkStatus(ctx, l, anchor, now, maxAge)
		if err != nil {
			return &Refusal{Rule: ErrStatus, Link: i, Err: err}
		}
		if c.modes[i] = s.Mode; s.Mode != vc.Normal && s.Mode != vc.Guarded {
			return &Refusal{
				Rule: ErrStatus, Link: i, Err: ModeError(s.Mode), Offered: s.Mode.String(), Allowed: "normal or guarded", Fix: modeFix(s.Mode),
			}
		}
		if !s.AsOf.IsZero() && (c.asOf.IsZero() || s.AsOf.Before(c.asOf)) {
			c.asOf = s.AsOf
		}
	}
	return nil
}

func (v *Verifier) linkStatus(ctx context.Context, l *link, anchor *Anchor, now time.Time, maxAge time.Duration) (vc.Status, error) {
	if len(l.status) == 0 {
		return vc.Status{Mode: vc.Normal}, nil
	}
	if v.config.Status == nil {
		return vc.Status{}, errNoChecker
	}
	for _, e := range l.status {
		if !anchor.mayList(e.List) {
			return vc.Status{}, fmt.Errorf("status list %.120q lies at no origin of its root's lists", e.List)
		}
	}
	s, err := v.config.Status.CheckStatus(ctx, vc.StatusRequest{
		Credential: l.digest, Issuer: l.issuer, Entries: l.status, Signers: anchor.ListSigners,
		Now: now, Skew: v.config.Skew, MaxAge: maxAge,
	})
	if err != nil {
		return vc.Status{}, outside{err}
	}
	return s, nil
}

// mayList reports whether a list of this root may have that URL.
func (a *Anchor) mayList(url string) bool {
	return len(a.ListOrigins) == 0 || slices.ContainsFunc(a.ListOrigins, func(origin string) bool {
		rest, ok := strings.CutPrefix(url, origin)
		return ok && (rest == "" || rest[0] == '/' || rest[0] == '?')
	})
}

// maxAge is the smallest of MaxStaleness and every maxStatusAge of chain and
// ceiling.
func (v *Verifier) maxAge(links []*link, anchor *Anchor) time.Duration {
	age := v.config.MaxStaleness
	lower := func(a *authority) {
		if a != nil && a.maxStatusAge > 0 && a.maxStatusAge < int64(age/time.Second)+1 {
			age = min(age, time.Duration(a.maxStatusAge)*time.Second)
		}
	}
	lower(anchor.Ceiling.rules)
	for _, l := range links {
		lower(l.authority)
	}
	return age
}

// revocable reports whether a status list can end a link.
func (l *link) revocable() bool {
	for _, e := range l.status {
		if e.Purpose == "revocation" || e.Purpose == "suspension" {
			return true
		}
	}
	return false
}

// ModeError is the cause of a refusal by the mode of a link.
type ModeError vc.Mode

// Error names the mode.
func (m ModeError) Error() string { return fmt.Sprintf("link is %s", vc.Mode(m)) }

func worstMode(modes []vc.Mode) vc.Mode {
	worst := vc.Normal
	for _, m := range modes {
		worst = max(worst, m)
	}
	return worst
}

// modeFix says what would help against a mode, empty where nothing is known.
func modeFix(m vc.Mode) string {
	switch m {
	case vc.Revoked:
		return "nothing brings it back: ask its issuer for a new one"
	case vc.Suspended:
		return "ask the operator of the status list to lift the suspension"
	default:
		return ""
	}
}
