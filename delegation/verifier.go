package delegation

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// Verifier checks chains and invocations by the rules of docs/spec.md section 7.
// It is immutable and safe for concurrent use. It never touches the network
// itself; its StatusChecker and its Resolver may.
type Verifier struct {
	names   map[string]bool
	shared  map[string]bool // Config.LedgerNames
	anchors map[did.DID]*Anchor
	config  Config
	chains  *ChainStore
	latest  atomic.Int64 // the latest clock reading, in nanoseconds since 1970
}

// VerifiedChain is a chain that satisfies rules 1 to 12. It authorises nothing:
// who holds it has not been asked to prove it.
type VerifiedChain struct {
	chain Chain
	modes []vc.Mode
	asOf  time.Time
	until time.Time
}

// Chain returns what was verified.
func (c *VerifiedChain) Chain() Chain { return c.chain }

// Mode returns the worst mode of the links: normal or guarded.
func (c *VerifiedChain) Mode() vc.Mode { return worstMode(c.modes) }

// Modes returns the mode of each link.
func (c *VerifiedChain) Modes() []vc.Mode { return append([]vc.Mode(nil), c.modes...) }

// AsOf returns the validFrom of the oldest status list that was looked at, zero
// where no link has a status.
func (c *VerifiedChain) AsOf() time.Time { return c.asOf }

// Authorization is the answer that a chain, and the invocation of its leaf's
// agent, allow one request. It holds for that request and for nothing else.
type Authorization struct {
	VerifiedChain
	invocation *invocation
	request    Request
	manifest   string // attested
	spent      *spent // nil where no link has limits
}

// Agent returns who acts: the holder of the leaf.
func (a *Authorization) Agent() did.DID { return a.chain.leaf().subject }

// Request returns what is allowed.
func (a *Authorization) Request() Request { return a.request }

// Invocation returns what the agent signed.
func (a *Authorization) Invocation() Invocation { return a.invocation.public(a.Agent()) }

// Manifest returns the digest of the manifest that the agent proved to run, empty
// where no link asks for that.
func (a *Authorization) Manifest() string { return a.manifest }

// Approvals returns the approvals of this request, all verified.
func (a *Authorization) Approvals() []Approval {
	out := make([]Approval, len(a.invocation.approvals))
	for i, s := range a.invocation.approvals {
		out[i] = s.approved.public()
	}
	return out
}

// VerifyChain checks a chain alone, rules 1 to 12. An error is a [*Refusal].
func (v *Verifier) VerifyChain(ctx context.Context, chain []byte) (*VerifiedChain, error) {
	now, refusal := v.now()
	if refusal != nil {
		return nil, refusal
	}
	c, refusal := v.verifyChain(ctx, chain, now)
	if refusal != nil {
		return nil, refusal
	}
	return c, nil
}

// Verify checks a chain, the invocation of its leaf's agent, and that both allow
// the request at hand: rules 1 to 18. The request is made by the caller from what
// it is about to run, never from the invocation or the chain; its Audience is
// taken from the invocation where it is empty. An error is a [*Refusal]; from
// rule 14 on the invocation is used up all the same.
func (v *Verifier) Verify(ctx context.Context, chain []byte, invoked string, req Request) (*Authorization, error) {
	return v.VerifyWith(ctx, chain, invoked, Shown{}, req)
}

// now reads the clock, once a verification. A clock that went back by more than
// the skew could make a replay or an old list look fresh.
func (v *Verifier) now() (time.Time, *Refusal) {
	if v == nil || v.config.Now == nil { // the zero Verifier trusts nobody
		return time.Time{}, &Refusal{Rule: ErrRoot, Link: noLink, Err: errNoRoots, Fix: "make verifiers with NewVerifier"}
	}
	now := v.config.Now()
	for {
		latest := v.latest.Load()
		if back := time.Duration(latest - now.UnixNano()); latest != 0 && back > v.config.Skew {
			return now, &Refusal{
				Rule: ErrTime, Link: noLink, Err: errClock, Offered: now.UTC().Format(time.RFC3339),
				Allowed: "from " + time.Unix(0, latest).UTC().Format(time.RFC3339), Fix: "set the verifier's clock",
			}
		}
		if now.UnixNano() <= latest || v.latest.CompareAndSwap(latest, now.UnixNano()) {
			return now, nil
		}
	}
}

var (
	errNoRoots = errors.New("a verifier without roots")
	errClock   = errors.New("the verifier's clock went back")
)

// verifyChain applies rules 1 to 12.
func (v *Verifier) verifyChain(ctx context.Context, data []byte, now time.Time) (*VerifiedChain, *Refusal) {
	links, known, refusal := v.read(data)
	if refusal != nil {
		return nil, refusal
	}
	if links[len(links)-1].prove() != nil { // nobody signs with it here
		return nil, provenFirst(links, known, nil)
	}
	return v.judge(ctx, links, known, now)
}

// read applies rules 1 and 2, but to the first links, known ones, that are kept.
func (v *Verifier) read(data []byte) (links []*link, known int, refusal *Refusal) {
	raws, err := splitChain(data)
	if err != nil {
		return nil, 0, &Refusal{Rule: ErrChain, Link: noLink, Err: err}
	}
	kept, digests := v.chains.prefix(raws)
	if links, refusal = v.parse(raws, digests, kept); refusal != nil {
		refusal = refusal.in(links)
	}
	return links, len(kept), refusal
}

// judge applies rules 3 to 12, those that were kept for the first known links not
// again.
func (v *Verifier) judge(ctx context.Context, links []*link, known int, now time.Time) (*VerifiedChain, *Refusal) {
	c := &VerifiedChain{chain: Chain{links}}
	anchor, refusal := v.checkRoot(links[0], now) // rule 3
	if refusal != nil {
		return nil, provenFirst(links, known, refusal)
	}
	for _, check := range []func() *Refusal{
		func() *Refusal { return v.checkSignatures(ctx, links, known) }, // rule 4
		func() *Refusal { return checkOrders(links, known) },            // rule 5
		func() *Refusal { return checkParents(links, known) },           // rule 6
		func() *Refusal { return v.checkTimes(links, now) },
		func() *Refusal { return checkPairs(links, known, checkOutlives) },
		func() *Refusal { return checkDepths(links) },
		func() *Refusal { return checkPairs(links, known, checkTask) },
		func() *Refusal { return checkAuthorities(links, known, anchor) },
	} {
		if refusal := check(); refusal != nil {
			return nil, provenFirst(links, known, refusal)
		}
	}
	v.chains.keep(links, known, now, v.config.Skew)
	if refusal := v.checkStatus(ctx, c, anchor, now); refusal != nil {
		return nil, provenFirst(links, known, refusal)
	}
	c.until = v.endOf(c, anchor)
	return c, nil
}

// parse takes what is kept and parses the rest (rules 1 and 2). That the keys are
// points is left to the signatures by them, of rule 4 and of the invocation, and to
// provenFirst where something is refused.
func (v *Verifier) parse(raws, digests []string, known []*link) ([]*link, *Refusal) {
	links := make([]*link, len(raws))
	copy(links, known)
	var worst *Refusal
	for i := len(known); i < len(raws); i++ {
		l, rerr := parseLink(raws[i], digests[i], i == 0, before(links, i))
		if rerr != nil && (worst == nil || rerr.rule < worst.Rule) {
			worst = &Refusal{Rule: rerr.rule, Link: i, Err: rerr.err}
		}
		links[i] = l
	}
	return links, worst
}

// provenFirst returns the refusal that comes first in the order of rules: r, or
// that of a key that is no point, which rule 2 reports. A leaf may be kept before
// its key signs anything.
func provenFirst(links []*link, known int, r *Refusal) *Refusal {
	for i := min(known, len(links)-1); i < len(links); i++ {
		if rerr := links[i].prove(); rerr != nil {
			return (&Refusal{Rule: rerr.rule, Link: i, Err: rerr.err}).in(links)
		}
	}
	return r.in(links)
}

// checkRoot is rule 3.
func (v *Verifier) checkRoot(root *link, now time.Time) (*Anchor, *Refusal) {
	a := v.anchors[root.issuer]
	if a == nil {
		return nil, &Refusal{
			Rule: ErrRoot, Offered: "issuer " + root.issuer.String(), Allowed: "the anchors of this verifier",
			Fix: "start the chain at one of them",
		}
	}
	if !a.NotAfter.IsZero() && !now.Before(a.NotAfter) {
		return nil, &Refusal{Rule: ErrRoot, Err: fmt.Errorf("root since %s no more", a.NotAfter.UTC().Format(timeLayout))}
	}
	return a, nil
}

// checkSignatures is rule 4. A kept link needs no second look, unless its key was
// resolved: a did:web may have dropped it since.
func (v *Verifier) checkSignatures(ctx context.Context, links []*link, known int) *Refusal {
	for i, l := range links {
		if i < known && l.issuerKey.Type() != "" {
			continue
		}
		if err := v.checkSignature(ctx, l); err != nil {
			return &Refusal{Rule: ErrSignature, Link: i, Err: err}
		}
	}
	return nil
}

func (v *Verifier) checkSignature(ctx context.Context, l *link) error {
	key, kid := l.issuerKey, l.method()
	if key.Type() == "" {
		var err error
		if key, err = did.FindKey(ctx, v.config.Resolver, l.issuer, kid, did.AssertionMethod); err != nil {
			return outside{err}
		}
	} else if kid != key.Method() {
		return fmt.Errorf("kid %.120q is not the key of %s", kid, l.issuer)
	}
	return l.verifySignature(key)
}

// verifySignature accepts only the one form of a signature that signers issue,
// so that a signed thing has one name.
func verifySignature(key did.Key, alg string, input, sig []byte) error {
	if err := key.Verify(alg, input, sig); err != nil {
		return err
	}
	return checkCanonical(key, sig)
}

func checkCanonical(key did.Key, sig []byte) error {
	if !key.Canonical(sig) {
		return fmt.Errorf("high S: anyone can make that of another's signature")
	}
	return nil
}

// checkOrders is rule 5: parent's subject is child's issuer, and ids differ.
func checkOrders(links []*link, known int) *Refusal {
	for i := max(1, known); i < len(links); i++ {
		if r := checkOrder(links[i-1], links[i]); r != nil {
			r.Link = i
			return r
		}
		for j := range i {
			if links[j].id == links[i].id {
				return &Refusal{Rule: ErrOrder, Link: i, Err: fmt.Errorf("id %.80q is that of link %d too", links[i].id, j)}
			}
		}
	}
	return nil
}

// checkParents is rule 6, for which the root has no parent.
func checkParents(links []*link, known int) *Refusal {
	if links[0].parent != nil {
		return &Refusal{Rule: ErrParent, Err: fmt.Errorf("the root names a parent")}
	}
	return checkPairs(links, known, checkParent)
}

// checkPairs applies a rule about a child and its parent to every pair.
func checkPairs(links []*link, known int, rule func(parent, child *link) *Refusal) *Refusal {
	for i := max(1, known); i < len(links); i++ {
		if r := rule(links[i-1], links[i]); r != nil {
			r.Link = i
			return r
		}
	}
	return nil
}

// checkTimes is rule 7.
func (v *Verifier) checkTimes(links []*link, now time.Time) *Refusal {
	skew := v.config.Skew
	for i, l := range links {
		switch {
		case now.Before(l.from.Add(-skew)):
			return &Refusal{Rule: ErrTime, Link: i, Err: vc.ErrNotYetValid, Offered: "from " + l.from.Format(timeLayout), Allowed: now.UTC().Format(timeLayout)}
		case !now.Before(l.until.Add(skew)):
			return &Refusal{
				Rule: ErrTime, Link: i, Err: vc.ErrExpired, Offered: "until " + l.until.Format(timeLayout), Allowed: "now, " + now.UTC().Format(timeLayout),
				Fix: "ask its issuer for a new one",
			}
		case l.until.Sub(l.from) > v.config.MaxLifetime:
			return &Refusal{Rule: ErrTime, Link: i, Err: errLifetime, Offered: l.until.Sub(l.from).String(), Allowed: "at most " + v.config.MaxLifetime.String()}
		}
	}
	return nil
}

var errLifetime = errors.New("lives too long")

// checkDepths is rule 9.
func checkDepths(links []*link) *Refusal {
	for i, l := range links {
		if follow := len(links) - 1 - i; int64(follow) > l.authority.depth {
			return &Refusal{
				Rule: ErrDepth, Link: i, Dimension: dimDepth, Offered: fmt.Sprintf("%d links below", follow), Allowed: fmt.Sprintf("%d", l.authority.depth),
				Fix: "have " + l.issuer.String() + " issue it with a greater depth",
			}
		}
	}
	return nil
}

// checkAuthorities is rule 11.
func checkAuthorities(links []*link, known int, anchor *Anchor) *Refusal {
	if known == 0 && !anchor.Unlimited {
		if r := anchor.Ceiling.rules.refuseChild(links[0].authority, 0); r != nil {
			r.Link = 0
			return r
		}
	}
	return checkPairs(links, max(1, known), checkWidened)
}
