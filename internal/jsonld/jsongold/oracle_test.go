package jsongold_test

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/piprate/json-gold/ld"
	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jsonld"
)

// offline serves json-gold the embedded contexts, and nothing else.
type offline map[string]any

var (
	errOffline = errors.New("not among the embedded contexts")
	errPanic   = errors.New("json-gold panics")
)

func (o offline) LoadDocument(url string) (*ld.RemoteDocument, error) {
	doc, ok := o[url]
	if !ok {
		return nil, fmt.Errorf("%w: %s", errOffline, url)
	}
	return &ld.RemoteDocument{DocumentURL: url, Document: ld.CloneDocument(doc)}, nil
}

func newOffline(t testing.TB) offline {
	o := offline{}
	for url, file := range map[string]string{
		"https://www.w3.org/2018/credentials/v1":           "credentials-v1",
		"https://www.w3.org/ns/credentials/v2":             "credentials-v2",
		"https://www.w3.org/ns/credentials/examples/v2":    "credentials-examples-v2",
		"https://w3id.org/security/data-integrity/v2":      "data-integrity-v2",
		"https://w3id.org/security/suites/ed25519-2020/v1": "ed25519-signature-2020-v1",
		"https://w3id.org/vc/status-list/2021/v1":          "status-list-2021-v1",
		"https://w3id.org/taper/v1":                        "taper-v1",
	} {
		text, err := os.ReadFile(filepath.Join("..", "contexts", file+".jsonld"))
		require.NoError(t, err)
		var doc any
		require.NoError(t, json.Unmarshal(text, &doc))
		o[url] = doc
	}
	return o
}

// gold returns what json-gold makes of a document. Hostile documents make it
// panic, so that is an error here.
func gold(o offline, doc string) (out string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errPanic, p)
		}
	}()
	var v any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		return "", err
	}
	options := ld.NewJsonLdOptions("")
	options.DocumentLoader = o
	options.Format = "application/n-quads"
	options.Algorithm = ld.AlgorithmURDNA2015
	options.ProcessingMode = ld.JsonLd_1_1
	text, err := ld.NewJsonLdProcessor().Normalize(v, options)
	if err != nil {
		return "", err
	}
	out, ok := text.(string)
	if !ok {
		return "", errors.New("json-gold returns no text")
	}
	return out, nil
}

func ours(t testing.TB, c *jsonld.Contexts, doc string) (string, error) {
	t.Helper()
	out, err := c.Canonicalize([]byte(doc), crypto.SHA256)
	return string(out), err
}
