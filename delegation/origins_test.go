package delegation_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
)

// TestRule12ListOrigins: the lists of a root lie where its anchor says.
func TestRule12ListOrigins(t *testing.T) {
	for origin, ok := range map[string]bool{
		"https://status.example.com": true, "https://status.example.co": false, "https://other.example.com": false,
	} {
		w := newScene(t)
		c := config(w)
		c.Anchors[0].ListOrigins = []string{"https://else.example.com", origin}
		v, err := delegation.NewVerifier(c)
		require.NoError(t, err)
		_, err = v.VerifyChain(context.Background(), w.wire())
		if ok {
			require.NoError(t, err)
			continue
		}
		refused(t, err, delegation.ErrStatus, 0)
	}
	w := newScene(t)
	elsewhere := forge(t, w.chain, 0, signers, func(p map[string]any) {
		statusOf(p)["statusListCredential"] = "https://status.example.com@evil.example/1"
	})
	c := config(w)
	c.Anchors[0].ListOrigins = []string{"https://status.example.com"}
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	_, err = v.VerifyChain(context.Background(), elsewhere)
	refused(t, err, delegation.ErrStatus, 0)
	for _, bad := range []string{"", "http://status.example.com", "https://status.example.com/", "did:web:status.example.com", "https://*.example.com"} {
		c.Anchors[0].ListOrigins = []string{bad}
		_, err := delegation.NewVerifier(c)
		require.ErrorIs(t, err, delegation.ErrConfig, bad)
	}
}

// TestZeroVerifierRefuses: one that nobody configured trusts nobody.
func TestZeroVerifierRefuses(t *testing.T) {
	w := newScene(t)
	for _, v := range []*delegation.Verifier{nil, {}} {
		_, err := v.VerifyChain(context.Background(), w.wire())
		refused(t, err, delegation.ErrRoot, -1)
		_, err = v.Verify(context.Background(), w.wire(), w.invoke(read), read)
		refused(t, err, delegation.ErrRoot, -1)
	}
}
