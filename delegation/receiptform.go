package delegation

import (
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// The decisions of a receipt.
const (
	decisionPermit = "permit"
	decisionDeny   = "deny"
)

// receiptJSON is the payload of a receipt.
type receiptJSON struct {
	Verifier   string           `json:"iss"`
	Audience   string           `json:"aud"`
	Leaf       string           `json:"cap"`
	Invocation string           `json:"inv"`
	Time       int64            `json:"iat"`
	Decision   string           `json:"dec"`
	Rule       int              `json:"rule,omitempty"`
	Link       *int             `json:"link,omitempty"`
	Mode       string           `json:"mode,omitempty"`
	AsOf       int64            `json:"asof,omitempty"`
	Left       map[string]int64 `json:"left,omitempty"`
	Result     string           `json:"out,omitempty"`
	Log        *loggedJSON      `json:"log,omitempty"`
}

type loggedJSON struct {
	Origin string `json:"origin"`
	Index  int64  `json:"index"`
	Proof  string `json:"proof"`
}

func (r *Receipt) claims() receiptJSON {
	c := receiptJSON{
		Verifier: r.Verifier.String(), Audience: r.Audience, Leaf: r.Leaf, Invocation: r.Invocation,
		Time: r.Time.Unix(), Decision: decisionPermit, Left: r.Left, Result: r.Result,
	}
	if !r.Permitted {
		c.Decision, c.Rule = decisionDeny, int(r.Rule)
		if r.Link >= 0 {
			c.Link = &r.Link
		}
	}
	if r.Mode != 0 {
		c.Mode = r.Mode.String()
	}
	if !r.AsOf.IsZero() {
		c.AsOf = r.AsOf.Unix()
	}
	if r.Log != nil {
		c.Log = &loggedJSON{r.Log.Origin, r.Log.Index, r.Log.Proof}
	}
	return c
}

// parseReceipt checks the form of a receipt.
func parseReceipt(token string) (*Receipt, *jose.Token, error) {
	t, err := jose.Parse(token, maxReceiptBytes, receiptKind)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	r := &Receipt{Link: noLink}
	var seen names
	err = strictjson.Read(t.Payload, len(t.Payload), func(j *strictjson.Reader) error {
		return j.Object(func(name string) error {
			seen.add(name)
			return r.readClaim(j, name)
		})
	})
	if err == nil {
		err = seen.require("iss", "aud", "cap", "inv", "iat", "dec")
	}
	if err == nil {
		err = r.check(seen.require("rule") == nil, seen.require("link") == nil)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	return r, t, nil
}

func (r *Receipt) readClaim(j *strictjson.Reader, name string) (err error) {
	switch name {
	case "iss":
		r.Verifier, err = readDID(j)
	case "aud":
		r.Audience, err = readText(j, name)
	case "cap":
		r.Leaf, err = readDigest(j, name)
	case "inv":
		r.Invocation, err = readDigest(j, name)
	case "iat":
		r.Time, err = readMoment(j, name)
	case "dec":
		r.Permitted, err = readDecision(j)
	case "rule":
		var n int64
		n, err = readBetween(j, name, int64(ErrMismatch), int64(ErrConstrained))
		r.Rule = Rule(n)
	case "link":
		var n int64
		n, err = readBetween(j, name, 0, MaxLinks-1)
		r.Link = int(n)
	case "mode":
		r.Mode, err = readMode(j)
	case "asof":
		r.AsOf, err = readMoment(j, name)
	case "left":
		r.Left, err = readLeft(j)
	case "out":
		r.Result, err = readDigest(j, name)
	case "log":
		r.Log, err = readLogged(j)
	default:
		err = unknown(name, "a receipt")
	}
	return err
}

// check applies the rules that need the whole receipt: a refusal has its rule, and
// nothing else has one.
func (r *Receipt) check(rule, link bool) error {
	switch {
	case r.Permitted == rule:
		return fmt.Errorf("dec and rule do not agree")
	case link && !rule:
		return fmt.Errorf("link without a rule")
	}
	return nil
}

func readDID(j *strictjson.Reader) (did.DID, error) {
	s, err := j.String()
	if err != nil {
		return did.DID{}, err
	}
	return did.Parse(s)
}

func readMoment(j *strictjson.Reader, name string) (time.Time, error) {
	n, err := readSeconds(j, name)
	return seconds(n), err
}

func readDecision(j *strictjson.Reader) (bool, error) {
	s, err := j.String()
	if err == nil && s != decisionPermit && s != decisionDeny {
		err = fmt.Errorf("dec %.40q, want %q or %q", s, decisionPermit, decisionDeny)
	}
	return s == decisionPermit, err
}

func readMode(j *strictjson.Reader) (vc.Mode, error) {
	s, err := j.String()
	if err != nil {
		return 0, err
	}
	for _, m := range []vc.Mode{vc.Normal, vc.Guarded} {
		if s == m.String() {
			return m, nil
		}
	}
	return 0, fmt.Errorf("mode %.40q, want normal or guarded", s)
}

func readBetween(j *strictjson.Reader, name string, lo, hi int64) (int64, error) {
	n, err := j.Int()
	if err == nil && (n < lo || n > hi) {
		err = fmt.Errorf("%s %d, want %d to %d", name, n, lo, hi)
	}
	return n, err
}

func readLeft(j *strictjson.Reader) (map[string]int64, error) {
	left := map[string]int64{}
	err := j.Object(func(name string) (err error) {
		if len(left) == maxElements {
			return errCount(maxElements + 1)
		}
		if left[name], err = readBetween(j, name, 0, strictjson.MaxInt); err == nil && !isToken(name) {
			err = fmt.Errorf("left: %s is no name of a limit", quote(name))
		}
		return err
	})
	if err == nil && len(left) == 0 {
		err = errEmpty
	}
	return left, err
}

func readLogged(j *strictjson.Reader) (*Logged, error) {
	l := new(Logged)
	var seen names
	err := j.Object(func(name string) (err error) {
		seen.add(name)
		switch name {
		case "origin":
			l.Origin, err = readText(j, name)
		case "index":
			l.Index, err = readBetween(j, name, 0, strictjson.MaxInt)
		case "proof":
			l.Proof, err = readText(j, name)
		default:
			err = unknown(name, "log")
		}
		return err
	})
	if err == nil {
		err = seen.require("origin", "index", "proof")
	}
	return l, err
}
