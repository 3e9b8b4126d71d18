package main

import (
	"context"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

// verifyAll says what Taper makes of the peers' examples.
func verifyAll(theirs []example) []verdict {
	out := make([]verdict, 0, len(theirs))
	for _, e := range theirs {
		v := verdict{By: "taper", Maker: e.Maker, Name: e.Name, Accepted: true}
		if err := verify(e); err != nil {
			v.Accepted, v.Why = false, err.Error()
		}
		out = append(out, v)
	}
	return out
}

// verify trusts the one issuer that the example says it is from.
func verify(e example) error {
	issuer, err := did.Parse(e.Issuer)
	if err != nil {
		return err
	}
	ctx, opts := context.Background(), vc.VerifyOptions{Issuers: []did.DID{issuer}, Skew: time.Minute}
	switch {
	case e.Kind == "status":
		err = verifyStatus(ctx, e, opts)
	case e.Format == string(sdjwt.VC):
		_, err = sdjwt.Verify(ctx, []byte(e.Body), sdjwt.VerifyOptions{
			VerifyOptions: opts, Types: []string{vct}, Audience: e.Domain, Nonce: e.Challenge,
		})
	case e.Kind == "presentation":
		_, err = vc.VerifyPresentation(ctx, []byte(e.Body), vc.PresentationOptions{
			Challenge: e.Challenge, Domain: e.Domain, VerifyOptions: opts,
		})
	default:
		_, err = vc.Verify(ctx, []byte(e.Body), opts)
	}
	return err
}
