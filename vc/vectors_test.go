package vc_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/vc"
)

const vectorRoot = "did:key:z6MkurebwwSSMU7DPozhd1Rwvahm9u2XpTEvqxjicCmZRA3r"

// TestAttackTokens runs the credential attacks: every one of the 246 verdicts,
// and for an accepted credential its issuer and subject.
func TestAttackTokens(t *testing.T) {
	var file struct {
		Cases []struct {
			ID, Title, Expect, Token string
			At                       time.Time
			ExpectedIssuer           string          `json:"expected_issuer"`
			ExpectedSubject          string          `json:"expected_subject"`
			TokenGen                 json.RawMessage `json:"token_gen"`
		}
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "attacks", "vcjwt.json"), &file))
	require.NotEmpty(t, file.Cases)
	for _, c := range file.Cases {
		t.Run(c.ID, func(t *testing.T) {
			token := c.Token
			if token == "" && c.TokenGen != nil {
				token = generate(t, c.TokenGen)
			}
			root, err := did.Parse(vectorRoot)
			require.NoError(t, err)
			v, err := vc.Verify(context.Background(), []byte(token), vc.VerifyOptions{Issuers: []did.DID{root}, Now: c.At})
			if c.Expect == "accept" {
				require.NoError(t, err, c.Title)
				require.Equal(t, c.ExpectedIssuer, v.Issuer().String())
				require.Equal(t, c.ExpectedSubject, v.Credential().Subject[0].ID)
				return
			}
			require.Error(t, err, c.Title)
			require.Nil(t, v)
		})
	}
}

// peerDoc is a line of the corpus of documents made by other libraries.
type peerDoc struct {
	File, Kind, Format, Expected, Recommend, Reason, Body string
	Cryptosuite, KeyType, DIDMethod, Challenge, Domain    string

	// StatusRef is where its status stands. A credential that is invalid for its
	// status alone is one that this package has to accept and its checker refuses.
	StatusRef *struct{ Set bool }
}

func peerDocs(t *testing.T) (docs []peerDoc) {
	zr, err := gzip.NewReader(bytes.NewReader(vectors.Read(t, "peers", "corpus.ndjson.gz")))
	require.NoError(t, err)
	lines := bufio.NewScanner(zr)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var d peerDoc
		require.NoError(t, json.Unmarshal(lines.Bytes(), &d))
		docs = append(docs, d)
	}
	require.NoError(t, lines.Err())
	return docs
}

// TestPeerTokens runs what eight other libraries issued as JOSE, and altered
// copies of it.
func TestPeerTokens(t *testing.T) {
	for _, d := range peerDocs(t) {
		if !strings.HasPrefix(d.Format, "vc-j") && !strings.HasPrefix(d.Format, "vp-j") {
			continue
		}
		t.Run(d.File, func(t *testing.T) {
			opts := vc.VerifyOptions{
				AnyIssuer: true, IgnoreStatus: true, MaxBytes: 1 << 20,
				Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
			}
			var err error
			if d.Kind == "presentation" {
				_, err = vc.VerifyPresentation(context.Background(), []byte(d.Body), vc.PresentationOptions{
					Challenge: d.Challenge, Domain: d.Domain, Unbound: d.Challenge == "", VerifyOptions: opts,
				})
			} else {
				_, err = vc.Verify(context.Background(), []byte(d.Body), opts)
			}
			switch want := peerVerdict(d); want {
			case "valid":
				require.NoError(t, err, d.Reason)
			case "invalid":
				require.Error(t, err, d.Reason)
			}
		})
	}
}

func peerVerdict(d peerDoc) string {
	hostileList := strings.HasPrefix(d.File, "adversarial/BSL-") || strings.HasPrefix(d.File, "adversarial/SL2021-")
	if d.StatusRef != nil && d.StatusRef.Set || hostileList {
		return "valid" // but for its status, which revocation judges
	}
	if d.Expected == "policy" {
		return d.Recommend
	}
	return d.Expected
}

// generate makes the tokens that are too long to be stored.
func generate(t *testing.T, gen json.RawMessage) string {
	var g struct {
		Unit, Prefix, Suffix string
		Count                int
	}
	require.NoError(t, json.Unmarshal(gen, &g))
	return g.Prefix + strings.Repeat(g.Unit, g.Count) + g.Suffix
}
