package sdjwt

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// check refuses options that check nothing or contradict, and returns the time to
// judge by.
func (o *VerifyOptions) check() (time.Time, error) {
	problem := ""
	switch {
	case len(o.Issuers) == 0 && !o.AnyIssuer:
		problem = "no trusted issuers"
	case len(o.Types) == 0 && !o.AnyType:
		problem = "no types to take"
	case (o.Audience == "" || o.Nonce == "") && !o.Unbound:
		problem = "no audience and nonce to check"
	case pinned(o):
		problem = "a key says nothing of the issuer"
	case o.VerifyOptions.Status != nil && o.IgnoreStatus:
		problem = "a status checker that is to be ignored"
	case o.Skew < 0 || o.Skew > 5*time.Minute:
		problem = "skew is not 0 to 5m"
	case o.MaxAge < 0:
		problem = "MaxAge is negative"
	}
	if problem != "" {
		return time.Time{}, fmt.Errorf("%w: %s", vc.ErrOptions, problem)
	}
	if o.Now.IsZero() && !o.IgnoreTime {
		return time.Now(), nil
	}
	return o.Now, nil
}

func (o *VerifyOptions) maxAge() time.Duration {
	if o.MaxAge > 0 {
		return o.MaxAge
	}
	return 5 * time.Minute
}

// judge checks type, audience and time.
func (o *VerifyOptions) judge(v *Verified, now time.Time) error {
	c := &v.claims
	switch {
	case !o.AnyType && !slices.ContainsFunc(c.types(), func(t string) bool { return slices.Contains(o.Types, t) }):
		return fmt.Errorf("%w: %.200q is not taken", ErrType, c.types())
	case c.aud != nil && !slices.Contains(c.aud, o.Audience):
		return fmt.Errorf("%w: the credential is for %.200q", vc.ErrDomain, c.aud)
	}
	return o.judgeTime(c, now)
}

func (o *VerifyOptions) judgeTime(c *claims, now time.Time) error {
	switch {
	case o.IgnoreTime:
		return nil
	case now.Add(o.Skew).Before(c.nbf):
		return fmt.Errorf("%w: until %s", vc.ErrNotYetValid, c.nbf)
	case now.Add(o.Skew).Before(c.iat):
		return fmt.Errorf("%w: iat is %s", vc.ErrNotYetValid, c.iat)
	case !c.exp.IsZero() && !now.Add(-o.Skew).Before(c.exp):
		return fmt.Errorf("%w: since %s", vc.ErrExpired, c.exp)
	}
	return nil
}

// askStatus asks the status checker about a credential that has a status.
func (o *VerifyOptions) askStatus(ctx context.Context, v *Verified, now time.Time) (vc.Status, error) {
	if len(v.claims.status) == 0 || o.IgnoreStatus {
		return vc.Status{}, nil
	}
	if o.VerifyOptions.Status == nil {
		return vc.Status{}, fmt.Errorf("%w: the credential has one and no checker is configured", vc.ErrStatus)
	}
	s, err := o.VerifyOptions.Status.CheckStatus(ctx, vc.StatusRequest{
		Credential: v.content, Issuer: v.issuer, Entries: v.claims.status, Signers: []did.DID{v.issuer},
		Now: now, Skew: o.Skew,
	})
	if err != nil {
		return vc.Status{}, fmt.Errorf("%w: %w", vc.ErrStatus, err)
	}
	switch s.Mode {
	case vc.Normal, vc.Guarded:
		return s, nil
	case vc.Suspended:
		return vc.Status{}, fmt.Errorf("%w: %w", vc.ErrStatus, vc.ErrSuspended)
	case vc.Revoked:
		return vc.Status{}, fmt.Errorf("%w: %w", vc.ErrStatus, vc.ErrRevoked)
	}
	return vc.Status{}, fmt.Errorf("%w: %s", vc.ErrStatus, s.Mode)
}
