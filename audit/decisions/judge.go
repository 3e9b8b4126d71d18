package decisions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/delegation"
)

// ErrJudged is returned by a judge for an act whose content is not what was logged.
var ErrJudged = errors.New("decisions: not what was logged")

// Content is what the digests of an entry are of. It is kept outside of the log.
type Content struct {
	Chain      []byte // the task credentials
	Invocation string // the token; empty for an act that no verifier saw
	Shown      delegation.Shown
	Request    delegation.Request
	Salt       []byte // of an act without an invocation
}

// Judge returns the judge of an auditor who has the content: it verifies each act again,
// by all rules of the verifier that verifier returns for the time of the entry. That
// one has a clock which shows this time, the roots and the status lists as they were
// then, and a replay store and a ledger for this audit alone. An act without an
// invocation has its chain verified, and must be in its effective authority.
func Judge(ctx context.Context, find func(act audit.Entry) (Content, error), verifier func(now time.Time) (*delegation.Verifier, error)) audit.Judge {
	return func(chain audit.Chain, act audit.Entry) error {
		c, err := find(act)
		if err != nil {
			return err
		}
		v, err := verifier(act.Time)
		if err != nil {
			return err
		}
		if c.Invocation == "" && act.Invocation == "" {
			return judgeUnseen(ctx, v, c, chain, act)
		}
		a, err := v.VerifyWith(ctx, c.Chain, c.Invocation, c.Shown, c.Request)
		if err != nil {
			return err
		}
		want, err := entry(a.Chain(), a.Invocation(), a.Request())
		if err != nil {
			return err
		}
		return same(want, chain, act)
	}
}

// judgeUnseen judges an act that no verifier saw.
func judgeUnseen(ctx context.Context, v *delegation.Verifier, c Content, chain audit.Chain, act audit.Entry) error {
	verified, err := v.VerifyChain(ctx, c.Chain)
	if err != nil {
		return err
	}
	want, err := entry(verified.Chain(), delegation.Invocation{Salt: c.Salt}, c.Request)
	if err != nil {
		return err
	}
	return errors.Join(same(want, chain, act), verified.Effective().Allows(c.Request))
}

// same reports where what was logged is not what the content gives.
func same(want audit.Entry, chain audit.Chain, act audit.Entry) error {
	for _, c := range []struct{ what, want, got string }{
		{"chain", want.Chain.Digest, chain.Digest},
		{"invocation", want.Invocation, act.Invocation},
		{"action", want.Action, act.Action},
		{"resource", want.Resource.Digest, act.Resource.Digest},
		{"arguments", want.Args, act.Args},
	} {
		if c.want != c.got {
			return fmt.Errorf("%w: %s %.80q, want %.80q", ErrJudged, c.what, c.got, c.want)
		}
	}
	return nil
}
