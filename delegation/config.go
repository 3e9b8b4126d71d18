package delegation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// Anchor is a principal whose chains a verifier accepts, and how far.
type Anchor struct {
	DID did.DID

	// Ceiling is the most that this root may grant. The zero Authority allows
	// nothing, so either it is set or Unlimited is.
	Ceiling   Authority
	Unlimited bool

	// ListSigners may sign status lists for chains of this root, and may do
	// nothing else. Empty: the root itself.
	ListSigners []did.DID

	// ListOrigins are the https origins, such as https://status.example.com, that the
	// status lists of this root's chains may lie at, so that no chain of another root
	// makes a verifier ask there, and none of this root's anywhere else. Empty: any
	// that the StatusChecker's source has.
	ListOrigins []string

	// NotAfter is when this root stops being one. Zero: never.
	NotAfter time.Time

	// AllowUnrevocable accepts root links that no status list can revoke or
	// suspend, however long they live.
	AllowUnrevocable bool
}

// Config is what a verifier is told once. What is zero is strict or ordinary, as
// each field says.
type Config struct {
	// Names are the audience names of this verifier, DIDs or https origins: an
	// invocation must be for one of them. Without one the verifier checks chains
	// and refuses every invocation.
	Names []string

	// Anchors are the roots. At least one.
	Anchors []Anchor

	// Status looks up status lists. Nil refuses every link that has a status.
	Status vc.StatusChecker

	// MaxStaleness is how old a status list may be, from its validFrom: what was
	// revoked longer ago than this (and the clocks' skew) is refused by every
	// verifier with this setting. Required, at least a second.
	MaxStaleness time.Duration

	// MaxLifetime is the longest that a link may be valid. Zero: 24 hours.
	MaxLifetime time.Duration

	// Skew is how far the clock of an issuer may differ. Zero: 30 s; negative:
	// none; at most 5 minutes.
	Skew time.Duration

	// InvocationSkew is how far the clock of an agent may differ. Zero: 5 s;
	// negative: none; at most 30 s.
	InvocationSkew time.Duration

	// Replay remembers used invocations. Nil: a VolatileReplay that begins with
	// this verifier, so that what was issued before, and in the InvocationSkew
	// after, is refused.
	Replay ReplayStore

	// Ledger keeps budgets. Nil refuses every chain with limits.
	Ledger Ledger

	// LedgerNames are audience names, of other verifiers as a rule, that share
	// this Ledger. A limit that is not split, of a link for several names, is
	// refused unless all of them are here: each verifier alone would let all of
	// it through.
	LedgerNames []string

	// Attestors verify what agents show of themselves; one that does is enough.
	// None refuses every chain that asks for attestation.
	Attestors []Attestor

	// Chains holds the links that this verifier verified, so that known chains are
	// cheap and can be named by digest. Nil: a store of 16 MiB.
	Chains *ChainStore

	// Resolver finds the keys of anchors that are not did:key. Nil: there are none.
	Resolver did.Resolver

	// Constrain is asked last, about what every rule allows, and can only refuse.
	Constrain func(context.Context, *Authorization) error

	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// maxSkew is the largest Skew.
const maxSkew = 5 * time.Minute

// ErrConfig is returned for a configuration that trusts nobody, checks nothing or
// contradicts itself.
var ErrConfig = errors.New("delegation: configuration")

// NewVerifier checks a configuration and returns its verifier.
func NewVerifier(c Config) (*Verifier, error) {
	v := &Verifier{names: make(map[string]bool), shared: make(map[string]bool), anchors: make(map[did.DID]*Anchor), config: c}
	if err := setNames(v.names, c.Names); err != nil {
		return nil, err
	}
	if err := setNames(v.shared, c.LedgerNames); err != nil {
		return nil, err
	}
	if len(c.LedgerNames) > 0 && c.Ledger == nil {
		return nil, fmt.Errorf("%w: LedgerNames without a Ledger", ErrConfig)
	}
	if slices.Contains(c.Attestors, nil) {
		return nil, fmt.Errorf("%w: an attestor that is nil", ErrConfig)
	}
	if err := v.setAnchors(c.Anchors); err != nil {
		return nil, err
	}
	if err := v.setTimes(); err != nil {
		return nil, err
	}
	if v.chains = v.config.Chains; v.chains == nil {
		v.chains = NewChainStore(0)
	}
	if err := v.chains.open(v.anchors); err != nil {
		return nil, err
	}
	if v.config.Replay == nil {
		v.config.Replay = NewVolatileReplay(v.config.Now(), v.config.InvocationSkew)
	}
	return v, nil
}

func setNames(set map[string]bool, names []string) error {
	for _, n := range names {
		if !isAudience(n) {
			return fmt.Errorf("%w: name %.80q is neither a DID nor an https origin", ErrConfig, n)
		}
		set[n] = true
	}
	return nil
}

func (v *Verifier) setAnchors(anchors []Anchor) error {
	if len(anchors) == 0 {
		return fmt.Errorf("%w: no anchors, so nobody is trusted", ErrConfig)
	}
	for _, a := range anchors {
		switch {
		case a.DID.IsZero():
			return fmt.Errorf("%w: an anchor that is the zero DID", ErrConfig)
		case v.anchors[a.DID] != nil:
			return fmt.Errorf("%w: anchor %s twice", ErrConfig, a.DID)
		case a.Ceiling.IsZero() && !a.Unlimited:
			return fmt.Errorf("%w: anchor %s has neither Ceiling nor Unlimited", ErrConfig, a.DID)
		case !a.Ceiling.IsZero() && a.Unlimited:
			return fmt.Errorf("%w: anchor %s has both Ceiling and Unlimited", ErrConfig, a.DID)
		}
		for _, o := range a.ListOrigins {
			if !strings.HasPrefix(o, "https://") || !isAudience(o) {
				return fmt.Errorf("%w: anchor %s: list origin %.80q is no https origin", ErrConfig, a.DID, o)
			}
		}
		if len(a.ListSigners) == 0 {
			a.ListSigners = []did.DID{a.DID}
		}
		v.anchors[a.DID] = &a
	}
	return nil
}

func (v *Verifier) setTimes() error {
	c := &v.config
	if c.MaxStaleness < time.Second {
		return fmt.Errorf("%w: MaxStaleness %s, want at least 1s: how long may a revoked agent go on?", ErrConfig, c.MaxStaleness)
	}
	for _, t := range []struct {
		name  string
		value *time.Duration
		zero  time.Duration
		most  time.Duration
	}{
		{"Skew", &c.Skew, 30 * time.Second, maxSkew},
		{"InvocationSkew", &c.InvocationSkew, 5 * time.Second, 30 * time.Second},
	} {
		switch {
		case *t.value == 0:
			*t.value = t.zero
		case *t.value < 0:
			*t.value = 0
		case *t.value > t.most:
			return fmt.Errorf("%w: %s %s, want at most %s", ErrConfig, t.name, *t.value, t.most)
		}
	}
	if c.MaxLifetime == 0 {
		c.MaxLifetime = 24 * time.Hour
	}
	if c.MaxLifetime < 0 {
		return fmt.Errorf("%w: MaxLifetime %s", ErrConfig, c.MaxLifetime)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}
