package jsonld_test

import (
	"bufio"
	"compress/gzip"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jsonld"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/vectors"
)

// theirContexts are the embedded contexts and those that the corpus of other
// libraries' documents needs beside them.
func theirContexts(t testing.TB) *jsonld.Contexts {
	var index map[string]string
	require.NoError(t, json.Unmarshal(vectors.Read(t, "peers", "contexts", "index.json"), &index))
	extra := map[string][]byte{}
	for url, file := range index {
		extra[url] = vectors.Read(t, "peers", "contexts", file)
		if _, err := jsonld.NewContexts(extra); err != nil {
			delete(extra, url) // another layout of an embedded text
		}
	}
	c, err := jsonld.NewContexts(extra)
	require.NoError(t, err)
	return c
}

type peerCase struct {
	File, Kind, Format, Cryptosuite, Expected, Reason, Body string
}

func peerCases(t testing.TB) (cases []peerCase) {
	f, err := os.Open(vectors.Path(t, "peers", "corpus.ndjson.gz"))
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	for r := bufio.NewReader(z); ; {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return cases
		}
		require.NoError(t, err)
		var c peerCase
		require.NoError(t, json.Unmarshal(line, &c))
		cases = append(cases, c)
	}
}

// Signatures that other libraries made hold over what this package makes of their
// documents, and those over altered documents do not. What is wrong with the rest
// of the invalid ones is not their signature.
func TestSignaturesOfOtherLibraries(t *testing.T) {
	c := theirContexts(t)
	valid, invalid := 0, 0
	for _, p := range peerCases(t) {
		rdfc := strings.Contains(p.Cryptosuite, "-rdfc-") || p.Cryptosuite == "Ed25519Signature2020"
		if !rdfc || p.Expected == "policy" || strings.Contains(p.File, "didjwk") {
			continue
		}
		err := verify(c, []byte(p.Body))
		switch {
		case p.Expected == "valid":
			valid++
			require.NoError(t, err, p.File)
		case strings.HasPrefix(p.File, "tampered/"):
			invalid++
			require.Error(t, err, p.File)
		}
	}
	require.Equal(t, []int{42, 173}, []int{valid, invalid})
}

// proofContext is the context of proof options: that of the document and, if the
// proof has one of its own, that too.
func proofContext(document, own json.RawMessage) json.RawMessage {
	if own == nil {
		return document
	}
	return json.RawMessage(strings.TrimSuffix(string(document), "]") + "," + strings.TrimPrefix(string(own), "["))
}

var errSignature = errors.New("signature does not hold")

// verify checks the one proof of a document as vc-di-eddsa and vc-di-ecdsa say,
// and nothing but its signature.
func verify(c *jsonld.Contexts, doc []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(doc, &members); err != nil {
		return err
	}
	var proof map[string]json.RawMessage
	if err := json.Unmarshal(members["proof"], &proof); err != nil {
		return err
	}
	var value, method string
	if err := errors.Join(json.Unmarshal(proof["proofValue"], &value), json.Unmarshal(proof["verificationMethod"], &method)); err != nil {
		return err
	}
	delete(members, "proof")
	delete(proof, "proofValue")
	proof["@context"] = proofContext(members["@context"], proof["@context"])
	_, fragment, _ := strings.Cut(method, "#")
	pub, _, err := multikey.Decode(fragment)
	if err != nil {
		return err
	}
	hash := crypto.SHA256
	if k, ok := pub.(*ecdsa.PublicKey); ok && k.Curve.Params().BitSize == 384 {
		hash = crypto.SHA384
	}
	var signed []byte
	for _, part := range []map[string]json.RawMessage{proof, members} {
		text, err := json.Marshal(part)
		if err != nil {
			return err
		}
		out, err := c.Canonicalize(text, hash)
		if err != nil {
			return err
		}
		h := hash.New()
		h.Write(out)
		signed = h.Sum(signed)
	}
	sig, err := multikey.DecodeBase58(value, hash.Size()*2)
	if err != nil {
		return err
	}
	switch k := pub.(type) {
	case ed25519.PublicKey:
		if ed25519.Verify(k, signed, sig) {
			return nil
		}
	case *ecdsa.PublicKey:
		h := hash.New()
		h.Write(signed)
		n := len(sig) / 2
		if ecdsa.Verify(k, h.Sum(nil), new(big.Int).SetBytes(sig[:n]), new(big.Int).SetBytes(sig[n:])) {
			return nil
		}
	}
	return errSignature
}

// Every document that the official suites want issued or verified is understood.
func TestDocumentsOfTheSuites(t *testing.T) {
	c := theirContexts(t)
	paths, err := filepath.Glob(filepath.Join(vectors.Path(t, "recorded"), "*.ndjson"))
	require.NoError(t, err)
	understood := 0
	for _, path := range paths {
		f, err := os.Open(path)
		require.NoError(t, err)
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			var e struct {
				Request struct{ Credential, VerifiableCredential, VerifiablePresentation map[string]json.RawMessage }
				Status  int
			}
			if json.Unmarshal(lines.Bytes(), &e) != nil || e.Status >= 300 {
				continue // wrong on purpose
			}
			r := e.Request
			for _, m := range []map[string]json.RawMessage{r.Credential, r.VerifiableCredential, r.VerifiablePresentation} {
				if m == nil {
					continue
				}
				delete(m, "proof")
				doc, err := json.Marshal(m)
				require.NoError(t, err)
				_, err = c.Canonicalize(doc, crypto.SHA256)
				require.NoError(t, err, "%s: %s", path, doc)
				understood++
			}
		}
		require.NoError(t, lines.Err())
	}
	require.Greater(t, understood, 150)
}
