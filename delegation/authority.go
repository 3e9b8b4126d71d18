// Package delegation lets a principal give an agent a part of its authority, the agent
// give parts of that to others, and a verifier judge, offline, whether one may do what
// it asks (docs/spec.md sections 4 to 7).
//
// An [Authority] is what a link allows; [Covers] says whether one lies inside another,
// [Authority.Allows] whether a request is allowed. A [Chain] is links, root first: [Root]
// issues the first, [Chain.Extend] and [Holder.Spawn] the next. A [Holder] is an agent with
// its key and its chain; [Holder.Invoke] signs one action. A [Verifier] checks chain,
// invocation and request by 18 rules, and answers with an [Authorization] or a [*Refusal].
// Package agenthttp carries all of it over HTTP.
//
// Chain, [Invocation], [Approval] and [Link] are what somebody wrote. [VerifiedChain] and
// Authorization were verified, and nobody outside this package can make one. A [Receipt] is
// a verifier's answer to one invocation; the receipt that an entry is in a log is another
// type, of package audit.
package delegation

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/taperid/taper/internal/strictjson"
)

// Terms are what an authority allows, as plain data to write down. A nil slice,
// map or pointer is absent; an empty one is refused, as it is in JSON.
type Terms struct {
	// Grants are what may be done; one that has the request is enough.
	Grants []Grant
	// Audience names the verifiers that may act on this authority, by DID or by
	// https origin, or is exactly "**" for every one.
	Audience []string
	// Depth is how many further links may follow.
	Depth int
	// Limits are budgets by name.
	Limits map[string]Limit
	// Requires is what must be shown beside an invocation.
	Requires *Requires
	// Guarded is what is left while the link is guarded; nil leaves nothing.
	Guarded *Overlay
	// MaxStatusAge is how old a status list may be, in seconds; 0 leaves that to
	// the verifier.
	MaxStatusAge int
}

// Authority is what one link of a chain allows, compiled. It never changes and is
// safe for concurrent use. The zero Authority allows nothing and covers nothing.
type Authority struct{ rules *authority }

// authority is Terms, compiled.
type authority struct {
	grants       []grant
	audience     audience
	depth        int64
	depthStated  bool // a depth of 0 was written out
	limits       limits
	requires     requires
	guarded      *overlay
	maxStatusAge int64 // 0 is absent
}

// draft is an authority before its checks. It owns what it holds; nil is absent.
type draft struct {
	grants       []grantDraft
	audience     []string
	depth        int64
	depthStated  bool
	limits       []limit
	requires     *Requires
	guarded      *Overlay
	maxStatusAge int64
}

// ParseAuthority reads an authority from strict JSON of at most 256 KiB. Whatever
// the language does not have is ErrMalformedAuthority, never ignored.
func ParseAuthority(json []byte) (Authority, error) {
	var a *authority
	err := strictjson.Read(json, maxDocument, func(r *strictjson.Reader) (err error) {
		a, err = readAuthority(r)
		return err
	})
	if err != nil {
		return Authority{}, malformedAuthority(err)
	}
	return Authority{a}, nil
}

// NewAuthority compiles terms by the checks of ParseAuthority. It keeps nothing of
// what the caller may change.
func NewAuthority(terms Terms) (Authority, error) {
	d := terms.draft()
	a, err := d.compile(nil)
	if err == nil && len(a.append(nil)) > maxDocument {
		err = fmt.Errorf("more than %d bytes", maxDocument)
	}
	if err != nil {
		return Authority{}, malformedAuthority(err)
	}
	return Authority{a}, nil
}

func malformedAuthority(err error) error {
	if errors.Is(err, ErrMalformedAuthority) {
		return err
	}
	return fmt.Errorf("delegation: %w: %w", ErrMalformedAuthority, err)
}

// IsZero reports whether a is the zero Authority.
func (a Authority) IsZero() bool { return a.rules == nil }

// Terms returns what a was made of, a copy for the caller to change; of the zero
// Authority, zero Terms. Where int has 32 bits, a larger number becomes the
// largest one.
func (a Authority) Terms() Terms {
	r := a.rules
	if r == nil {
		return Terms{}
	}
	t := Terms{
		Audience:     slices.Clone(r.audience.names),
		Depth:        toInt(r.depth),
		Limits:       r.limits.terms(),
		Requires:     r.requires.terms(),
		Guarded:      r.guarded.terms(),
		MaxStatusAge: toInt(r.maxStatusAge),
	}
	for i := range r.grants {
		t.Grants = append(t.Grants, r.grants[i].terms())
	}
	return t
}

func toInt(n int64) int { return int(min(n, math.MaxInt)) }

// MarshalJSON returns the normal form of a, which is what ParseAuthority read in
// the form of RFC 8785. The zero Authority has none and is an error.
func (a Authority) MarshalJSON() ([]byte, error) {
	if a.rules == nil {
		return nil, fmt.Errorf("delegation: %w: the zero authority", ErrMalformedAuthority)
	}
	return a.rules.append(nil), nil
}

func (t *Terms) draft() draft {
	d := draft{
		audience:     slices.Clone(t.Audience),
		depth:        int64(t.Depth),
		depthStated:  t.Depth != 0,
		limits:       listLimits(t.Limits),
		requires:     t.Requires.clone(),
		guarded:      t.Guarded,
		maxStatusAge: int64(t.MaxStatusAge),
	}
	if t.Grants != nil {
		d.grants = make([]grantDraft, len(t.Grants))
	}
	for i := range t.Grants {
		d.grants[i] = t.Grants[i].draft()
	}
	return d
}

// compile checks d as a whole, everything but JSON's own matters. Absent grants and
// an absent audience are those of parent, where there is one.
func (d *draft) compile(parent *authority) (a *authority, err error) {
	a = &authority{depth: d.depth, depthStated: d.depthStated, maxStatusAge: d.maxStatusAge}
	if d.grants == nil && parent != nil {
		a.grants = parent.grants
	} else if a.grants, err = newGrants(d.grants); err != nil {
		return nil, placed("grants", err)
	}
	if d.audience == nil && parent != nil {
		a.audience = parent.audience
	} else if a.audience, err = newAudience(d.audience); err != nil {
		return nil, placed("audience", err)
	}
	if a.limits, err = newLimits(d.limits); err != nil {
		return nil, placed("limits", err)
	}
	if a.requires, err = newRequires(d.requires); err != nil {
		return nil, placed("requires", err)
	}
	if a.guarded, err = newOverlay(d.guarded); err != nil {
		return nil, placed("guarded", err)
	}
	return a, a.check()
}

// check judges the numbers, and what two parts of an authority must agree on.
func (a *authority) check() error {
	switch {
	case a.depth < 0 || !isInteger(a.depth):
		return fmt.Errorf("depth: %d, want 0 to 2^53-1", a.depth)
	case a.maxStatusAge < 0 || !isInteger(a.maxStatusAge):
		return fmt.Errorf("maxStatusAge: %d, want 1 to 2^53-1 seconds", a.maxStatusAge)
	case a.audience.all && a.limits.split():
		return errors.New(`limits: a split needs an audience of names, not "**"`)
	}
	return nil
}

func newGrants(drafts []grantDraft) ([]grant, error) {
	if n := len(drafts); n == 0 || n > maxElements {
		return nil, errCount(n)
	}
	grants := make([]grant, len(drafts))
	for i := range drafts {
		g, err := newGrant(&drafts[i])
		if err != nil {
			return nil, placed(fmt.Sprintf("grant %d", i), err)
		}
		grants[i] = g
	}
	if !mayRepeat(grants) {
		return grants, nil
	}
	return grants, checkDistinct(len(grants), func(b []byte, i int) []byte { return grants[i].append(b) })
}

// mayRepeat reports whether two grants agree in their actions and resources, so
// that only writing them out tells whether they are the same.
func mayRepeat(grants []grant) bool {
	for i := range grants {
		for j := range i {
			if grants[i].actions.same(grants[j].actions) && grants[i].resources.same(grants[j].resources) {
				return true
			}
		}
	}
	return false
}
