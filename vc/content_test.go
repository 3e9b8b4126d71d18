package vc_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

func TestTimeAndContentForListReaders(t *testing.T) {
	alice := personas.NewP256("alice")
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	c := vc.Credential{
		ValidFrom: noon, ValidUntil: noon.Add(time.Minute),
		Subject: []vc.Subject{{Claims: json.RawMessage(`{"name":"x"}`)}},
	}
	one, err := vc.Sign(c, alice, vc.SignOptions{})
	require.NoError(t, err)
	two, err := vc.Sign(c, alice, vc.SignOptions{})
	require.NoError(t, err)
	require.NotEqual(t, one, two, "ECDSA signatures are random")

	opts := vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, Now: noon.Add(time.Hour)}
	_, err = vc.Verify(context.Background(), []byte(one), opts)
	require.ErrorIs(t, err, vc.ErrExpired)

	opts.IgnoreTime = true
	a, err := vc.Verify(context.Background(), []byte(one), opts)
	require.NoError(t, err)
	b, err := vc.Verify(context.Background(), []byte(two), opts)
	require.NoError(t, err)
	require.Equal(t, a.Content(), b.Content())
	require.NotEqual(t, a.Digest(), b.Digest())
}
