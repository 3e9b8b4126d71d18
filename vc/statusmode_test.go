package vc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

// mode is a status checker that always gives one answer.
type mode vc.Mode

func (m mode) CheckStatus(context.Context, vc.StatusRequest) (vc.Status, error) {
	return vc.Status{Mode: vc.Mode(m)}, nil
}

// Whether a credential is revoked, suspended or of unknown status can be told from
// the error, and no answer is never taken for a good one.
func TestStatusModes(t *testing.T) {
	alice, now := personas.New("alice"), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	token, err := vc.Sign(vc.Credential{
		ValidFrom: now, Subject: []vc.Subject{{Claims: []byte(`{"role":"clerk"}`)}},
		Status: []vc.StatusEntry{{Type: "BitstringStatusListEntry", Purpose: "revocation", Index: "7", List: "https://s.example/1"}},
	}, alice, vc.SignOptions{})
	require.NoError(t, err)
	for m, want := range map[vc.Mode]error{
		0: vc.ErrStatus, vc.Normal: nil, vc.Guarded: nil, vc.Suspended: vc.ErrSuspended, vc.Revoked: vc.ErrRevoked, 5: vc.ErrStatus,
	} {
		v, err := vc.Verify(context.Background(), []byte(token), vc.VerifyOptions{AnyIssuer: true, Now: now, Status: mode(m)})
		require.ErrorIs(t, err, want, m)
		require.Equal(t, want == nil, v != nil, m)
		if want != nil {
			require.ErrorIs(t, err, vc.ErrStatus, m)
		}
	}
}
