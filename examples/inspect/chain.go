package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/attest"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// chainCase is a case of kind chain, read.
type chainCase struct {
	chain      []byte
	invocation raw // nil: the chain alone
	request    raw
	shown      delegation.Shown
	at         time.Time
	anchors    []delegation.Anchor
	prior      lists
	source     *history
	present    lists
	checker    *revocation.Checker
	skew       time.Duration
	staleness  time.Duration
	verifier   *delegation.Verifier // nil where there are no roots
}

// judgeChain accepts a chain that holds (rules 1 to 12), and with an invocation one
// that allows it (13 to 18).
func judgeChain(f *fields) *result {
	c := readChain(f)
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	c.remember()
	verified, err := c.verify()
	r := accepted(err)
	r.view = c.view(verified, err)
	if err != nil {
		return r
	}
	links := verified.Chain().Links()
	r.add("leaf", links[len(links)-1].Holder.String())
	r.add("depth", len(links))
	r.add("digest", verified.Chain().Digest())
	r.add("mode", verified.Mode().String())
	r.add("effective", nil) // nothing, where guarded links leave nothing
	if effective := verified.Effective(); !effective.IsZero() {
		r.add("effective", effective)
	}
	return r
}

func readChain(f *fields) *chainCase {
	c := &chainCase{chain: chainBytes(f.required("chain")), source: new(history)}
	f.required("at")
	c.at, c.skew, c.staleness = f.at(), f.skew(), f.maxStaleness()
	c.anchors = readRoots(f, f.bool("allowUnrevocableRoots"))
	c.present, c.prior = f.lists("lists"), f.lists("priorLists")
	c.checker = newChecker(f, c.source, c.staleness)
	config := delegation.Config{
		Anchors: c.anchors, Status: c.checker, MaxStaleness: c.staleness, Now: func() time.Time { return c.at },
		Ledger:         delegation.NewVolatileLedger(),
		Skew:           orNone(c.skew),
		InvocationSkew: orNone(f.seconds("invocationSkew", 0, 0, maxInvocationSkew)),
		MaxLifetime:    f.seconds("maxLifetime", int64(24*time.Hour/time.Second), 1, anySeconds),
	}
	c.readInvocation(f, &config)
	if f.err == nil && len(c.anchors) > 0 {
		var err error
		if c.verifier, err = delegation.NewVerifier(config); err != nil {
			f.fail("%v", err)
		}
	}
	return c
}

// chainBytes returns a chain as a verifier takes it: the array, or the packed form
// that a string holds. An array in a string is no chain.
func chainBytes(value raw) []byte {
	if packed := content(value); len(packed) > 0 && packed[0] != '[' && strings.TrimSpace(string(packed[:1])) != "" {
		return packed
	}
	return value
}

// orNone writes a difference between clocks as a Config has it, where 0 stands for
// the ordinary one.
func orNone(skew time.Duration) time.Duration {
	if skew == 0 {
		return -1
	}
	return skew
}

// readInvocation reads what is asked beyond the chain. A request without an
// invocation is one that nobody signed: rule 13 refuses it.
func (c *chainCase) readInvocation(f *fields, config *delegation.Config) {
	c.invocation, c.request = f.optional("invocation"), f.optional("request")
	c.shown = delegation.Shown{Approvals: f.texts("approvals"), Evidence: f.texts("evidence")}
	if attesters, stated := f.dids("attesters"); stated {
		statements, err := attest.NewStatements(attesters, nil)
		if err != nil {
			f.fail("attesters: %v", err)
		}
		config.Attestors = []delegation.Attestor{statements}
	}
	name := f.text("audience")
	if name != "" {
		config.Names = []string{name}
	}
	used := readSeen(f, config)
	config.Replay = used
	if c.invocation == nil && c.request == nil {
		return
	}
	if name == "" {
		f.fail("member %q is missing", "audience")
	}
	if c.request == nil {
		f.fail("member %q is missing", "request")
	}
	if c.invocation == nil {
		c.invocation = raw(`""`)
	}
}

// readSeen returns a store that has used up the invocations accepted before.
func readSeen(f *fields, config *delegation.Config) *delegation.VolatileReplay {
	store := delegation.NewVolatileReplay(time.Time{}, 0)
	value := f.optional("seen")
	if value == nil {
		return store
	}
	elements, err := splitArray(value)
	if err != nil {
		f.fail("seen: %v", err)
	}
	for _, e := range elements {
		token, _ := text(e)
		inv, err := delegation.ParseInvocation(token)
		if err != nil {
			f.fail("seen: %v", err)
			continue
		}
		_ = store.Use(context.Background(), delegation.Use{
			Issuer: inv.Agent, ID: inv.ID, IssuedAt: inv.IssuedAt, Now: inv.IssuedAt,
			Until: inv.ExpiresAt.Add(max(0, config.InvocationSkew)),
		})
	}
	return store
}

// readRoots reads the roots: DIDs that may grant anything, or an object that says of
// each how far it may.
func readRoots(f *fields, unrevocable bool) []delegation.Anchor {
	value := f.required("roots")
	var out []delegation.Anchor
	seen := make(map[did.DID]bool)
	add := func(a delegation.Anchor) {
		if a.AllowUnrevocable = unrevocable; !seen[a.DID] {
			out = append(out, a)
		}
		seen[a.DID] = true
	}
	if len(value) > 0 && value[0] == '[' {
		list, _ := f.dids("roots")
		for _, d := range list {
			add(delegation.Anchor{DID: d, Unlimited: true})
		}
		return out
	}
	for _, m := range f.object("roots") {
		d, err := did.Parse(m.name)
		if err != nil {
			f.fail("roots: %v", err)
			continue
		}
		a := readRoot(f, m.value)
		a.DID = d
		add(a)
	}
	return out
}

func readRoot(f *fields, value raw) (a delegation.Anchor) {
	members, err := splitObject(value)
	if err != nil {
		f.fail("roots: %v", err)
	}
	inner := newFields(members, f.env)
	if ceiling := inner.optional("ceiling"); ceiling == nil {
		a.Unlimited = true
	} else if a.Ceiling, err = delegation.ParseAuthority(ceiling); err != nil {
		f.fail("ceiling: %v", err)
	}
	signers, stated := inner.dids("listSigners")
	if stated && len(signers) == 0 {
		f.fail("listSigners is empty")
	}
	a.ListSigners = signers
	if inner.has("notAfter") {
		if a.NotAfter, err = parseTime(inner.text("notAfter")); err != nil {
			f.fail("notAfter: %v", err)
		}
	}
	if err := inner.end(); err != nil {
		f.fail("roots: %v", err)
	}
	return a
}

// remember has the checker see the lists that were seen before, as they were then.
func (c *chainCase) remember() {
	defer func() { c.source.lists = c.present }()
	if len(c.prior) == 0 {
		return
	}
	chain, err := delegation.ParseChain(c.chain)
	if err != nil {
		return // rule 1 or 2 refuses it
	}
	c.source.lists = c.prior
	links := chain.Links()
	signers := c.signersOf(links[0].Issuer)
	prior := c.prior.verified(signers)
	for _, l := range links {
		q := question{l.Digest, l.Issuer, signers, c.at, c.skew}
		for _, e := range l.Status {
			q.see(c.checker, prior, e)
		}
	}
}

// signersOf returns who may sign the lists of a root's chains, nobody for one that
// is no root.
func (c *chainCase) signersOf(root did.DID) []did.DID {
	for _, a := range c.anchors {
		switch {
		case a.DID != root:
		case len(a.ListSigners) > 0:
			return a.ListSigners
		default:
			return []did.DID{root}
		}
	}
	return nil
}

func (c *chainCase) verify() (*delegation.VerifiedChain, error) {
	if c.verifier == nil {
		return nil, c.refuseRoot()
	}
	if c.invocation == nil {
		return c.verifier.VerifyChain(context.Background(), c.chain)
	}
	token, _ := text(c.invocation) // what is no text is no invocation
	req, malformed := c.readRequest()
	a, err := c.verifier.VerifyWith(context.Background(), c.chain, token, c.shown, req)
	if err != nil {
		return nil, because(err, malformed)
	}
	return &a.VerifiedChain, nil
}

// refuseRoot refuses by rule 3 what rules 1 and 2 do not: without roots nobody is
// trusted.
func (c *chainCase) refuseRoot() error {
	chain, err := delegation.ParseChain(c.chain)
	if err != nil {
		return err
	}
	root := chain.Links()[0]
	return &delegation.Refusal{
		Rule: delegation.ErrRoot, Issuer: root.Issuer, Holder: root.Holder, Credential: root.ID,
		Offered: "issuer " + root.Issuer.String(), Allowed: "one of the roots of this verifier, and it has none",
		Fix: "name it as a root (-root) if you trust it",
	}
}

// readRequest reads the request at hand, whose audience is the verifier's own unless
// it states one. In the place of a malformed one stands a request that rule 14
// refuses as well, so that the rules before it are asked first.
func (c *chainCase) readRequest() (delegation.Request, error) {
	data := c.request
	if members, err := splitObject(data); err == nil && memberOf(members, "audience") == nil {
		const stated = `{"audience":"https://verifier.invalid"`
		rest := bytes.TrimLeft(bytes.TrimLeft(data, " \t\r\n")[1:], " \t\r\n")
		if len(members) > 0 {
			rest = append([]byte{','}, rest...)
		}
		req, err := delegation.ParseRequest(append([]byte(stated), rest...))
		req.Audience = ""
		return orMalformed(req, err)
	}
	return orMalformed(delegation.ParseRequest(data))
}

func orMalformed(req delegation.Request, err error) (delegation.Request, error) {
	if err != nil {
		return delegation.Request{Arguments: []byte("malformed")}, err
	}
	return req, nil
}

// because puts the reason why a request is malformed into the refusal of what stood
// in its place.
func because(err, malformed error) error {
	var r *delegation.Refusal
	if malformed == nil || !errors.As(err, &r) || r.Rule != delegation.ErrMismatch {
		return err
	}
	said := *r
	said.Err = malformed
	return &said
}

// view returns what a report shows of the chain.
func (c *chainCase) view(verified *delegation.VerifiedChain, err error) view {
	return &chainView{c: c, verified: verified, err: err}
}

// modeOf looks up the status of a link, for a report about a chain that was refused.
func (c *chainCase) modeOf(l *delegation.Link, root did.DID) (vc.Mode, error) {
	mode := vc.Normal
	q := question{l.Digest, l.Issuer, c.signersOf(root), c.at, c.skew}
	for _, e := range l.Status {
		s, err := c.checker.CheckStatus(context.Background(), q.request(e, c.at))
		if err != nil {
			return 0, err
		}
		mode = max(mode, s.Mode)
	}
	return mode, nil
}
