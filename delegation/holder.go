package delegation

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/vc"
)

// ErrHolder is returned where a signer is not the holder of the chain it would
// act under.
var ErrHolder = errors.New("delegation: not the holder of the chain")

// Issue says what else a new link has. ValidFrom and ValidUntil are required for
// a root; below it they default to the parent's.
type Issue struct {
	ID         string // absolute URI; empty: a random urn:uuid
	Agent      Agent
	Task       Task // below the root an empty ID is the parent's
	ValidFrom  time.Time
	ValidUntil time.Time
	Status     []vc.StatusEntry // an operator's, for this link alone
}

// Root issues the first link of a chain: the principal behind issuer gives holder,
// an agent, an authority.
func Root(issuer *did.Signer, holder did.DID, a Authority, is Issue) (Chain, error) {
	l, err := mint(issuer, holder, a, is, nil)
	if err != nil {
		return Chain{}, err
	}
	return Chain{[]*link{l}}, nil
}

// Extend adds a link: the holder of the leaf gives holder, another agent, an
// authority that lies inside its own. What Verify would refuse is not signed; the
// error is then the [*Refusal] that Verify would give.
func (c Chain) Extend(signer *did.Signer, holder did.DID, a Authority, is Issue) (Chain, error) {
	if len(c.links) == 0 {
		return Chain{}, fmt.Errorf("%w: the chain has no links", ErrHolder)
	}
	leaf := c.leaf()
	if signer.DID() != leaf.subject {
		return Chain{}, fmt.Errorf("%w: %s, the leaf is held by %s", ErrHolder, signer.DID(), leaf.subject)
	}
	if is.Task.ID == "" {
		is.Task.ID = leaf.task.ID
	}
	if is.ValidFrom.IsZero() {
		is.ValidFrom = leaf.from
	}
	if is.ValidUntil.IsZero() {
		is.ValidUntil = leaf.until
	}
	l, err := mint(signer, holder, a, is, leaf)
	if err != nil {
		return Chain{}, err
	}
	links := append(append(make([]*link, 0, len(c.links)+1), c.links...), l)
	if len(links) > MaxLinks {
		return Chain{}, (&Refusal{Rule: ErrChain, Link: noLink, Err: fmt.Errorf("%d links, at most %d", len(links), MaxLinks)})
	}
	if r := checkNewLeaf(links); r != nil {
		return Chain{}, r.in(links)
	}
	return Chain{links}, nil
}

// checkNewLeaf applies what rules 5 to 11 say of the last link of a chain whose
// other links are taken as they are.
func checkNewLeaf(links []*link) *Refusal {
	known := len(links) - 1
	for _, check := range []func() *Refusal{
		func() *Refusal { return checkOrders(links, known) },
		func() *Refusal { return checkPairs(links, known, checkParent) },
		func() *Refusal { return checkPairs(links, known, checkOutlives) },
		func() *Refusal { return checkDepths(links) },
		func() *Refusal { return checkPairs(links, known, checkTask) },
		func() *Refusal { return checkPairs(links, known, checkWidened) },
	} {
		if r := check(); r != nil {
			return r
		}
	}
	return nil
}

// mint signs a link and reads it back as a verifier would.
func mint(signer *did.Signer, holder did.DID, a Authority, is Issue, parent *link) (*link, error) {
	if signer == nil {
		return nil, fmt.Errorf("%w: no signer", ErrHolder)
	}
	if is.ID == "" {
		is.ID = newURN()
	}
	payload, err := is.payload(signer.DID(), holder, a, parent)
	if err != nil {
		return nil, err
	}
	h := jose.Header{Alg: signer.Key().Algorithm(), Typ: linkKind.Typ, Kid: signer.Method()}
	raw, err := jose.Sign(h, payload, signer.Sign)
	if err != nil {
		return nil, err
	}
	l, rerr := parseLink(raw, parent == nil, parent)
	if rerr != nil {
		return nil, &Refusal{Rule: rerr.rule, Link: noLink, Err: rerr.err}
	}
	if l.parentErr != nil {
		return nil, &Refusal{Rule: ErrParent, Link: noLink, Err: l.parentErr}
	}
	if l.statusErr != nil {
		return nil, &Refusal{Rule: ErrStatus, Link: noLink, Err: l.statusErr}
	}
	return l, nil
}

// The JSON of a link, in the order of docs/spec.md section 4.
type linkJSON struct {
	Context [2]string    `json:"@context"`
	ID      string       `json:"id"`
	Type    [2]string    `json:"type"`
	Issuer  string       `json:"issuer"`
	From    string       `json:"validFrom"`
	Until   string       `json:"validUntil"`
	Subject subjectJSON  `json:"credentialSubject"`
	Status  []statusJSON `json:"credentialStatus,omitempty"`
}

type subjectJSON struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"`
	Agent     *Agent          `json:"agent,omitempty"`
	Task      Task            `json:"task"`
	Parent    *parentJSON     `json:"parent,omitempty"`
	Authority json.RawMessage `json:"authority"`
}

type parentJSON struct {
	ID     string `json:"id"`
	Digest string `json:"digestMultibase"`
}

type statusJSON struct {
	ID      string `json:"id,omitempty"`
	Type    string `json:"type"`
	Purpose string `json:"statusPurpose"`
	Index   string `json:"statusListIndex"`
	List    string `json:"statusListCredential"`
	Size    int    `json:"statusSize,omitempty"`
}

func (is Issue) payload(issuer, holder did.DID, a Authority, parent *link) ([]byte, error) {
	authority, err := a.MarshalJSON()
	if err != nil {
		return nil, err
	}
	j := linkJSON{
		Context: [2]string{vc.ContextV2, contextTaper},
		ID:      is.ID,
		Type:    [2]string{"VerifiableCredential", "AgentTaskCredential"},
		Issuer:  issuer.String(),
		From:    is.ValidFrom.UTC().Format(timeLayout),
		Until:   is.ValidUntil.UTC().Format(timeLayout),
		Subject: subjectJSON{ID: holder.String(), Type: "Agent", Task: is.Task, Authority: authority},
	}
	if is.Agent != (Agent{}) {
		j.Subject.Agent = &is.Agent
	}
	if parent != nil {
		j.Subject.Parent = &parentJSON{parent.id, parent.digest}
	}
	for _, e := range is.Status {
		j.Status = append(j.Status, statusJSON(e))
	}
	return json.Marshal(j)
}

// newURN returns a random urn:uuid (RFC 9562 version 4).
func newURN() string {
	var u [16]byte
	rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// Holder is an agent that acts: its key, and the one chain that it acts under. It
// is immutable and safe for concurrent use.
type Holder struct {
	signer *did.Signer
	chain  Chain
	wire   []byte
}

// NewHolder returns the agent with this key. The chain must be held by it; whether
// a verifier will accept the chain is for a verifier to say.
func NewHolder(signer *did.Signer, chain Chain) (*Holder, error) {
	if len(chain.links) == 0 || signer == nil || chain.leaf().subject != signer.DID() {
		return nil, fmt.Errorf("%w: %s", ErrHolder, signer.DID())
	}
	wire, err := chain.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return &Holder{signer, chain, wire}, nil
}

// DID returns who the agent is.
func (h *Holder) DID() did.DID { return h.signer.DID() }

// Signer returns the agent's key.
func (h *Holder) Signer() *did.Signer { return h.signer }

// Chain returns the chain that the agent acts under.
func (h *Holder) Chain() Chain { return h.chain }

// ChainJSON returns the chain as a verifier takes it. The caller must not change
// it.
func (h *Holder) ChainJSON() []byte { return h.wire }

// Authority returns what the leaf of the chain allows.
func (h *Holder) Authority() Authority { return Authority{h.chain.leaf().authority} }

// Spawn makes a sub-agent: a new Ed25519 key and a link from h to it. What the
// wish leaves out is as in h's own authority (but depth: 0); a wish for more than
// h has is refused whole, with what would have been cut; to take what there is,
// use Narrow and Extend.
func (h *Holder) Spawn(wish Terms, is Issue) (*Holder, error) {
	authority, cuts, err := Narrow(h.Authority(), wish)
	if err != nil {
		return nil, err
	}
	if len(cuts) > 0 {
		return nil, cuts[0].refusal()
	}
	key, err := did.GenerateKey(did.Ed25519)
	if err != nil {
		return nil, err
	}
	chain, err := h.chain.Extend(h.signer, key.DID(), authority, is)
	if err != nil {
		return nil, err
	}
	return NewHolder(key, chain)
}

// refusal says that a wish was cut, to those who do not take less.
func (c Cut) refusal() *Refusal {
	return &Refusal{
		Rule: ErrWidened, Link: noLink, Dimension: c.Dimension, Offered: c.Wanted, Allowed: c.Got,
		Fix: "wish for no more than that, or take what Narrow gives",
	}
}

// Invoke says how an invocation is made. The zero Invoke is the ordinary one.
type Invoke struct {
	ID       string        // jti, 16 to 64 characters of base64url; empty: random
	Now      time.Time     // iat; zero: the present
	Lifetime time.Duration // up to a minute, in whole seconds; zero: a minute
	Salt     []byte        // 16 bytes; nil: random
	Reason   Reason        // why; only a salted digest of its text is sent
}

// Invoke signs the statement that h now does what req says: one action, for one
// verifier, req.Audience, under the one chain that h has. It does not ask whether
// the chain allows it; the verifier will.
func (h *Holder) Invoke(req Request, in Invoke) (string, error) {
	if err := in.fill(); err != nil {
		return "", err
	}
	if _, err := req.compile(); err != nil {
		return "", malformedRequest(err)
	}
	args, err := digestArguments(in.Salt, req.Arguments)
	if err != nil {
		return "", malformedRequest(err)
	}
	c := claimsJSON{
		Issuer: h.DID().String(), Audience: req.Audience, IssuedAt: in.Now.Unix(), ID: in.ID,
		Leaf: h.chain.Digest(), Action: req.Action, Resource: req.Resource,
		Salt: base64.RawURLEncoding.EncodeToString(in.Salt), Args: args,
	}
	c.ExpiresAt = c.IssuedAt + int64(in.Lifetime/time.Second)
	if in.Reason != (Reason{}) {
		c.Why = &reasonDigest{in.Reason.Code, saltedDigest(in.Salt, []byte(in.Reason.Text))}
	}
	if req.HTTP != nil {
		c.Method, c.URL, c.Body = req.HTTP.Method, req.HTTP.URL, req.HTTP.Digest
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	hdr := jose.Header{Alg: h.signer.Key().Algorithm(), Typ: typInvocation, Kid: h.signer.Method()}
	token, err := jose.Sign(hdr, payload, h.signer.Sign)
	if err != nil {
		return "", err
	}
	if _, err := parseInvocation(token); err != nil {
		return "", &Refusal{Rule: ErrInvocation, Link: noLink, Err: err}
	}
	return token, nil
}

// fill gives what is left out its ordinary value.
func (in *Invoke) fill() error {
	if in.Now.IsZero() {
		in.Now = time.Now()
	}
	if in.Lifetime == 0 {
		in.Lifetime = maxInvocationLife * time.Second
	}
	if in.ID == "" {
		in.ID = rand.Text()
	}
	if in.Salt == nil {
		in.Salt = make([]byte, saltSize)
		rand.Read(in.Salt)
	}
	if len(in.Salt) != saltSize {
		return fmt.Errorf("delegation: salt of %d bytes, want %d", len(in.Salt), saltSize)
	}
	return nil
}

// claimsJSON is the payload of an invocation.
type claimsJSON struct {
	Issuer    string        `json:"iss"`
	Audience  string        `json:"aud"`
	IssuedAt  int64         `json:"iat"`
	ExpiresAt int64         `json:"exp"`
	ID        string        `json:"jti"`
	Leaf      string        `json:"cap"`
	Action    string        `json:"act"`
	Resource  string        `json:"res"`
	Salt      string        `json:"salt"`
	Args      string        `json:"args"`
	Why       *reasonDigest `json:"why,omitempty"`
	Method    string        `json:"htm,omitempty"`
	URL       string        `json:"htu,omitempty"`
	Body      string        `json:"cd,omitempty"`
}
