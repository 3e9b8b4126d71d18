package delegation_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// TestRefusalPicture draws a chain whose second link lacks an action.
func TestRefusalPicture(t *testing.T) {
	w := newScene(t)
	chain, err := rootChain(t, w).Extend(bob, carol.DID(), authority(t, func() delegation.Terms {
		terms := rootTerms()
		terms.Depth, terms.Grants[0].Actions = 0, []string{"db/read"}
		return terms
	}()), delegation.Issue{ID: "urn:example:1"})
	require.NoError(t, err)
	h, err := delegation.NewHolder(carol, chain)
	require.NoError(t, err)
	_, err = w.act(h, request("db/write", read.Resource))
	r := refused(t, err, delegation.ErrNotAllowed, 1)
	require.Equal(t, bob.DID(), r.Grantor)
	require.Equal(t, `rule 15: request is not allowed
   `+alice.DID().String()+`
   | link 0  urn:example:0
   `+bob.DID().String()+`
 X | link 1  urn:example:1   <-- refused
   `+carol.DID().String()+`
   | db/write on https://db.example.com/sales/2026
   https://db.example.com
 in      actions
 offered "db/write"
 allowed "db/read"
 fix     ask for an authority with this action
 ask     `+bob.DID().String()+`
`, r.Picture())
	require.Equal(t, `delegation: link 1, issued by `+bob.DID().String()+` to `+carol.DID().String()+
		`: rule 15: request is not allowed: actions: offered "db/write", allowed "db/read"; ask for an authority with this action; `+
		bob.DID().String()+` could grant it`, r.Error())
	data, err := json.Marshal(r)
	require.NoError(t, err)
	require.JSONEq(t, `{"rule":15,"error":"request is not allowed","link":1,"issuer":"`+bob.DID().String()+`","holder":"`+carol.DID().String()+`",
		"credential":"urn:example:1","dimension":"actions","offered":"\"db/write\"","allowed":"\"db/read\"",
		"fix":"ask for an authority with this action","grantor":"`+bob.DID().String()+`"}`, string(data))
}

// TestRefusalMarks draws where a refusal without a number of a link is: the link
// whose limit or requirement it is, or the invocation.
func TestRefusalMarks(t *testing.T) {
	marked := func(err error, where string) {
		t.Helper()
		var r *delegation.Refusal
		require.ErrorAs(t, err, &r)
		for _, line := range strings.Split(r.Picture(), "\n") {
			require.Equal(t, strings.Contains(line, where) && strings.Contains(line, "|"), strings.HasPrefix(line, " X |"), r.Picture())
		}
	}
	w := newBudget(t, calls(5), nil)
	child := spawn(t, w.bob, delegation.Terms{Limits: map[string]delegation.Limit{"calls": {Unit: "count", Max: 0}}})
	_, err := w.act(child, read)
	marked(err, "link 1")
	w = newBudget(t, paying(1, frank), nil)
	_, err = w.act(spawn(t, w.bob, delegation.Terms{}), write)
	marked(err, "link 0")
	w = newBudget(t, attesting(manifestA), withAttester(t))
	_, err = w.act(w.bob, read)
	marked(err, "link 0")
	tok, err := w.bob.Invoke(read, delegation.Invoke{Now: w.now})
	require.NoError(t, err)
	_, err = w.verifier.Verify(context.Background(), w.bob.ChainJSON(), tok, write)
	marked(err, "db/write/refund on")
	_, err = w.verifier.Verify(context.Background(), nil, tok, read)
	marked(err, "nothing is drawn")
	_, err = w.verifier.VerifyChain(context.Background(), []byte(`["x","`+rawLinks(t, w.bob.Chain())[0]+`"]`))
	marked(err, "(not a link)")
	require.Equal(t, "rule 3: root is not trusted\n fix     start the chain at a root that this verifier trusts\n", (&delegation.Refusal{Rule: delegation.ErrRoot, Link: -1}).Picture())
}

// TestRefusalGrantor: who could grant what is refused.
func TestRefusalGrantor(t *testing.T) {
	w := newScene(t)
	grantor := func(err error, want did.DID) {
		t.Helper()
		var r *delegation.Refusal
		require.ErrorAs(t, err, &r)
		require.Equal(t, want, r.Grantor, r.Error())
	}
	// Dave would need from carol what she has not from bob, who has not from alice.
	wide := narrowTerms()
	wide.Grants[0].Actions = []string{"**"}
	_, err := w.chain.Extend(dave, bob.DID(), authority(t, wide), delegation.Issue{})
	grantor(err, alice.DID())
	data := forge(t, w.chain, 2, signers, func(p map[string]any) { grantOf(p)["actions"] = []string{"**"} })
	_, err = w.verifier.VerifyChain(context.Background(), data)
	grantor(err, alice.DID())
	_, err = w.verify(request("fs/read", read.Resource))
	grantor(err, alice.DID())
	w.lists["7"] = vc.Guarded
	_, err = w.verify(request("db/write", read.Resource))
	grantor(err, did.DID{}) // nobody: wait
	w.lists["7"] = vc.Revoked
	_, err = w.verify(read)
	grantor(err, did.DID{})
	w.now = noon.Add(2 * 3600e9)
	_, err = w.verify(read)
	grantor(err, alice.DID())
	b := newBudget(t, paying(1, frank), nil)
	_, err = b.act(b.bob, write)
	grantor(err, frank.DID())
}

// TestRefusalKeepsSecrets: what arguments have for values, and what the verifier's
// own parts said, is in no JSON; the second is in the error that the verifier has.
func TestRefusalKeepsSecrets(t *testing.T) {
	const secret = "dial tcp 10.0.0.5:6379"
	for name, configure := range map[string]func(*delegation.Config){
		"ledger":  func(c *delegation.Config) { c.Ledger = brokenLedger{errors.New(secret)} },
		"wrapped": func(c *delegation.Config) { c.Ledger = brokenLedger{wrapped{secret, &delegation.RoomError{}}} },
		"hook": func(c *delegation.Config) {
			c.Constrain = func(context.Context, *delegation.Authorization) error { return errors.New(secret) }
		},
		"replay":   func(c *delegation.Config) { c.Replay = brokenReplay{errors.New(secret)} },
		"status":   func(c *delegation.Config) { c.Status = brokenStatus{errors.New(secret)} },
		"attestor": func(c *delegation.Config) { c.Attestors = []delegation.Attestor{answers{err: errors.New(secret)}} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newBudget(t, func(t *delegation.Terms) {
				calls(9)(t)
				if name == "attestor" {
					attesting(manifestA)(t)
				}
			}, configure)
			_, err := w.attested(w.bob, "x")
			var r *delegation.Refusal
			require.ErrorAs(t, err, &r)
			data, err := json.Marshal(r)
			require.NoError(t, err)
			require.NotContains(t, string(data), "10.0.0.5")
			if name != "wrapped" {
				require.Contains(t, r.Error(), secret)
			}
		})
	}
	w := newBudget(t, paying(1, frank), nil)
	_, err := w.act(w.bob, write)
	data, err := json.Marshal(errors.Unwrap(wrapped{"", err}))
	require.NoError(t, err)
	require.NotContains(t, string(data), "A-17")
	require.Contains(t, string(data), `"approval":{"amounts":{"USD/100":1250},"rules":[{"actions":["db/write/**"],"by":["`+frank.DID().String())
}

// TestRefusalIsOneLine whatever its cause has in it.
func TestRefusalIsOneLine(t *testing.T) {
	w := newScene(t)
	c := config(w)
	c.Constrain = func(context.Context, *delegation.Authorization) error {
		return errors.Join(errors.New("one"), errors.New("two\r\n\x1b[31m\u202e"))
	}
	var err error
	w.verifier, err = delegation.NewVerifier(c)
	require.NoError(t, err)
	_, err = w.verify(read)
	require.NotContains(t, err.Error(), "\n")
	require.NotContains(t, err.Error(), "\x1b")
	require.NotContains(t, err.Error(), "\u202e")
	require.Contains(t, err.Error(), "one two")
}

type wrapped struct {
	text string
	err  error
}

func (w wrapped) Error() string { return w.text }
func (w wrapped) Unwrap() error { return w.err }

type brokenReplay struct{ err error }

func (b brokenReplay) Use(context.Context, delegation.Use) error { return b.err }

type brokenStatus struct{ err error }

func (b brokenStatus) CheckStatus(context.Context, vc.StatusRequest) (vc.Status, error) {
	return vc.Status{}, b.err
}

// TestRefusalAlwaysHelps: no rule refuses without a word on what would help.
func TestRefusalAlwaysHelps(t *testing.T) {
	for rule := delegation.ErrChain; rule <= delegation.ErrConstrained; rule++ {
		r := &delegation.Refusal{Rule: rule, Link: -1}
		switch rule {
		case delegation.ErrOutlives, delegation.ErrDepth, delegation.ErrWidened, delegation.ErrNotAllowed:
			continue // these always know better
		default:
			require.Contains(t, r.Error(), "; ")
			require.Contains(t, r.Picture(), "\n fix ")
		}
		data, err := json.Marshal(r)
		require.NoError(t, err)
		require.Contains(t, string(data), `"fix":"`)
	}
}
