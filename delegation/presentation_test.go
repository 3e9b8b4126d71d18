package delegation_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

func TestPresentationIsEvidence(t *testing.T) {
	w := newScene(t)
	ctx := context.Background()
	token, err := w.holder.Presentation("challenge-1", service, noon)
	require.NoError(t, err)
	got, err := vc.VerifyPresentation(ctx, []byte(token), vc.PresentationOptions{
		Challenge: "challenge-1", Domain: service,
		VerifyOptions: vc.VerifyOptions{Issuers: []did.DID{alice.DID(), bob.DID(), carol.DID()}, Now: noon, IgnoreStatus: true},
	})
	require.NoError(t, err)
	require.Equal(t, dave.DID(), got.Holder())
	links := w.chain.Links()
	require.Len(t, got.Credentials(), len(links))
	for i, c := range got.Credentials() {
		require.Equal(t, links[i].Digest, c.Digest())
		require.Equal(t, links[i].Issuer, c.Issuer())
	}

	// It authorises nothing, in no place.
	_, err = w.verifier.Verify(ctx, w.wire(), token, read)
	refused(t, err, delegation.ErrInvocation, -1)
	_, err = w.verifier.VerifyChain(ctx, []byte(token))
	refused(t, err, delegation.ErrChain, -1)
	_, err = w.verifier.VerifyChain(ctx, []byte(`["`+token+`"]`))
	refused(t, err, delegation.ErrLink, 0)
	_, err = w.holder.Presentation("", "", noon)
	require.Error(t, err)
}
