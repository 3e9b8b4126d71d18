package delegation

import (
	"context"
	"fmt"
	"time"

	"github.com/taperid/taper/vc"
)

// Shown is what an agent shows beside its chain and its invocation, as it came in.
// The zero Shown is nothing.
type Shown struct {
	// Approvals are tokens made by [Approve]. Each must fit the invocation: one
	// that does not refuses, whatever the others do.
	Approvals []string
	// Evidence is what the agent runs, for the attestors of the verifier. It is
	// looked at where a link asks for attestation.
	Evidence []string
}

// VerifyWith is Verify with what the agent shows beside its invocation, for links
// that require it (rule 16).
func (v *Verifier) VerifyWith(ctx context.Context, chain []byte, invoked string, shown Shown, req Request) (*Authorization, error) {
	now, refusal := v.now()
	if refusal != nil {
		return nil, refusal
	}
	return v.verify(ctx, chain, &Presented{token: invoked}, shown, req, now)
}

// timely reports whether a token of these claims is for now: rule 13 of an
// invocation, rule 16 of an approval.
func timely(issuedAt, expiresAt int64, now time.Time, skew time.Duration) error {
	switch {
	case seconds(issuedAt).After(now.Add(skew)):
		return fmt.Errorf("%w: iat %s, now %s", vc.ErrNotYetValid, seconds(issuedAt).Format(timeLayout), now.UTC().Format(timeLayout))
	case !now.Add(-skew).Before(seconds(expiresAt)):
		return fmt.Errorf("%w: exp %s, now %s", vc.ErrExpired, seconds(expiresAt).Format(timeLayout), now.UTC().Format(timeLayout))
	}
	return nil
}
