package vc_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/vc"
)

// standardVectors are the signed documents of the standards for the suites of
// EdDSA and ECDSA, but for ecdsa-sd-2023.
var standardVectors = []string{
	"vc-di-eddsa/eddsa-jcs-2022/signedJCS.json",
	"vc-di-ecdsa/ecdsa-jcs-2019-p256/signedJCSECDSAP256.json",
	"vc-di-ecdsa/ecdsa-jcs-2019-p384/signedJCSECDSAP384.json",
	"vc-di-eddsa/eddsa-rdfc-2022/signedDataInt.json",
	"vc-di-eddsa/eddsa-rdfc-2022/employ/signedDataInt.json",
	"vc-di-eddsa/Ed25519Signature2020/signedEdSig.json",
	"vc-di-eddsa/proof-set-chain/signedProofSet1.json",
	"vc-di-eddsa/proof-set-chain/signedProofSet2.json",
	"vc-di-eddsa/proof-set-chain/signedProofChain1.json",
	"vc-di-eddsa/proof-set-chain/signedProofChain2.json",
	"vc-di-ecdsa/ecdsa-rdfc-2019-p256/signedECDSAP256.json",
	"vc-di-ecdsa/ecdsa-rdfc-2019-p256/employ/signedECDSAP256.json",
	"vc-di-ecdsa/ecdsa-rdfc-2019-p384/signedECDSAP384.json",
	"vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ/signedECDSAP384.json",
}

// TestStandardVectors verifies them. Their issuer is a URL that is no DID, so
// nobody can show to be it.
func TestStandardVectors(t *testing.T) {
	contexts := moreContexts(t)
	for _, file := range standardVectors {
		t.Run(file, func(t *testing.T) {
			data := vectors.Read(t, strings.Split(file, "/")...)
			proof, err := vc.VerifyProof(context.Background(), data, vc.VerifyOptions{Now: noon, Contexts: contexts})
			require.NoError(t, err)
			require.Equal(t, time.UTC, proof.Created.Location())
			_, err = vc.Verify(context.Background(), data, vc.VerifyOptions{AnyIssuer: true, Now: noon, Contexts: contexts})
			require.ErrorIs(t, err, vc.ErrIssuer)
			altered := strings.NewReplacer("School of Examples", "School of Samples", "SMITH", "SMYTH").Replace(string(data))
			_, err = vc.VerifyProof(context.Background(), []byte(altered), vc.VerifyOptions{Now: noon, Contexts: contexts})
			require.ErrorIs(t, err, vc.ErrSignature)
		})
	}
}

// TestStandardIssue makes the eddsa documents of the standard again, byte for byte:
// its keys, its content, its times.
func TestStandardIssue(t *testing.T) {
	var pair struct {
		PrivateKeyMultibase string
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "vc-di-eddsa", "keyPair.json"), &pair))
	signer, err := did.NewSignerFromSeed(did.Ed25519, seedOf(t, pair.PrivateKeyMultibase))
	require.NoError(t, err)
	unsigned := vectors.Read(t, "vc-di-eddsa", "unsigned.json")
	for _, c := range []struct {
		format vc.Format
		file   string
	}{
		{vc.EdDSAJCS, "eddsa-jcs-2022/signedJCS.json"},
		{vc.EdDSARDFC, "eddsa-rdfc-2022/signedDataInt.json"},
		{vc.Ed25519Signature2020, "Ed25519Signature2020/signedEdSig.json"},
	} {
		t.Run(string(c.format), func(t *testing.T) {
			want := vectors.Read(t, strings.Split("vc-di-eddsa/"+c.file, "/")...)
			created, err := time.Parse(time.RFC3339, "2023-02-24T23:36:38Z")
			require.NoError(t, err)
			got, err := vc.AddProof(unsigned, signer, vc.SignOptions{Format: c.format, Created: created})
			require.NoError(t, err)
			require.JSONEq(t, string(want), string(got))
		})
	}
}

// seedOf reads a secret key in Multikey form.
func seedOf(t testing.TB, text string) []byte {
	raw, err := multikey.DecodeBase58(text, 34)
	require.NoError(t, err)
	return raw[2:]
}

// outOfScope are formats of the corpus that are refused by name.
var outOfScope = []string{
	"bbs-2023", "ecdsa-sd-2023", "JsonWebSignature2020", "Ed25519Signature2018", "EcdsaSecp256k1Signature2019",
}

// TestPeerDocuments runs what other libraries issued with embedded proofs, and
// altered copies of it.
func TestPeerDocuments(t *testing.T) {
	n := 0
	contexts := moreContexts(t)
	for _, d := range peerDocs(t) {
		if d.Format != "data-integrity" && d.Format != "linked-data-signature" || d.Kind == "zcap" {
			continue
		}
		n++
		t.Run(d.File, func(t *testing.T) {
			err := verifyPeer(d, contexts)
			if slices.Contains(outOfScope, d.Cryptosuite) {
				require.Error(t, err)
				return
			}
			switch peerVerdict(d) {
			case "valid":
				require.NoError(t, err, d.Reason)
			case "invalid":
				require.Error(t, err, d.Reason)
			default:
				t.Log(d.Reason, err)
			}
		})
	}
	require.NotZero(t, n)
}

func verifyPeer(d peerDoc, contexts *vc.Contexts) error {
	opts := vc.VerifyOptions{AnyIssuer: true, IgnoreStatus: true, MaxBytes: 1 << 20, Now: noon, Contexts: contexts}
	if d.Kind == "presentation" {
		_, err := vc.VerifyPresentation(context.Background(), []byte(d.Body), vc.PresentationOptions{
			Challenge: d.Challenge, Domain: d.Domain, Unbound: d.Challenge == "", VerifyOptions: opts,
		})
		return err
	}
	_, err := vc.Verify(context.Background(), []byte(d.Body), opts)
	return err
}

// TestProofChainVectors runs the chains of the W3C suites: by their names, an
// earlier proof is missing, or is not a string.
func TestProofChainVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(vectors.Path(t, "proof-chain"), "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 12)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			_, err = vc.VerifyProof(context.Background(), data, vc.VerifyOptions{Now: noon})
			if strings.Contains(file, "Fail") {
				require.ErrorIs(t, err, vc.ErrProof)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// TestRecordedVerifications replays what the official suites asked of a server that
// passed all of them.
func TestRecordedVerifications(t *testing.T) {
	for _, file := range []string{"eddsa", "ecdsa", "ed25519-2020", "vc2"} {
		n := 0
		lines := bufio.NewScanner(bytes.NewReader(vectors.Read(t, "recorded", file+".ndjson")))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var exchange struct {
				Path    string
				Status  int
				Request struct {
					VerifiableCredential, VerifiablePresentation json.RawMessage
					Options                                      struct{ Challenge, Domain string }
				}
			}
			require.NoError(t, json.Unmarshal(lines.Bytes(), &exchange))
			r := exchange.Request
			var err error
			switch exchange.Path {
			case "/credentials/verify":
				if strings.Contains(string(r.VerifiableCredential), "ecdsa-sd-2023") {
					continue // out of scope
				}
				_, err = vc.VerifyProof(context.Background(), r.VerifiableCredential, vc.VerifyOptions{Now: noon})
			case "/presentations/verify":
				_, err = vc.VerifyPresentation(context.Background(), r.VerifiablePresentation, vc.PresentationOptions{
					Challenge: r.Options.Challenge, Domain: r.Options.Domain, Unbound: r.Options.Domain == "",
					VerifyOptions: vc.VerifyOptions{AnyIssuer: true, Now: noon},
				})
			default:
				continue
			}
			n++
			require.Equal(t, exchange.Status == 200, err == nil, "%s: %s: %v", file, lines.Bytes(), err)
		}
		require.NoError(t, lines.Err())
		t.Logf("%s: %d", file, n)
	}
}
