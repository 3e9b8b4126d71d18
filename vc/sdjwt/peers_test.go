package sdjwt_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

// TestPeerTokens runs what sd-jwt-js issued and presented, and altered copies of
// it. A credential that is invalid for its status alone is one to accept here.
func TestPeerTokens(t *testing.T) {
	zr, err := gzip.NewReader(bytes.NewReader(vectors.Read(t, "peers", "corpus.ndjson.gz")))
	require.NoError(t, err)
	lines := bufio.NewScanner(zr)
	lines.Buffer(nil, 16<<20)
	n := 0
	for lines.Scan() {
		var d struct {
			File, Kind, Format, Expected, Reason, Body, Challenge, Domain string
			StatusRef                                                     *struct{ Set bool }
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &d))
		if d.Format != "sd-jwt-vc" {
			continue
		}
		n++
		t.Run(d.File, func(t *testing.T) {
			o := sdjwt.VerifyOptions{
				VerifyOptions: vc.VerifyOptions{
					AnyIssuer: true, IgnoreStatus: true, Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
				},
				AnyType: true, Audience: d.Domain, Nonce: d.Challenge, MaxAge: 10 * 365 * 24 * time.Hour,
				Unbound: d.Kind != "presentation",
			}
			v, err := verify(d.Body, o)
			if d.Expected == "valid" || d.StatusRef != nil {
				require.NoError(t, err, d.Reason)
				require.Equal(t, d.Kind == "presentation", v.Holder().Type() != "")
				return
			}
			require.Error(t, err, d.Reason)
		})
	}
	require.NoError(t, lines.Err())
	require.Equal(t, 30, n)
}
