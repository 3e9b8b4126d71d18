package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/archtest"
)

func TestArrowsHold(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", archtest.Module+"/...")
	out, err := cmd.Output()
	require.NoError(t, err)
	var pkgs []archtest.Package
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p archtest.Package
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
		pkgs = append(pkgs, p)
	}
	require.Greater(t, len(pkgs), 5)
	require.Empty(t, archtest.Violations(pkgs))
}

func TestWrongArrowsAreFound(t *testing.T) {
	const m = archtest.Module
	for _, c := range []struct{ from, imported string }{
		{"", m + "/did"},
		{"/did", m + "/vc"},
		{"/did", m + "/internal/jsonld"},
		{"/did", m + "/did/didweb"},
		{"/vc", m + "/revocation"},
		{"/revocation", m + "/delegation"},
		{"/delegation", m + "/revocation"},
		{"/delegation", m + "/audit"},
		{"/delegation", m + "/delegation/agenthttp"},
		{"/delegation", m + "/delegation/attest"},
		{"/delegation/attest", "os"},
		{"/audit", m + "/vc"},
		{"/audit", m + "/delegation"},
		{"/audit", m + "/revocation"},
		{"/vc", m},
		{"/vc", m + "/examples/quickstart"},
		{"/did/didweb", m + "/examples/quickstart"},
		{"/examples/quickstart", m + "/internal/jose"},
		{"/delegation", m + "/internal/personas"},
		{"/examples/quickstart", m + "/internal/personas"},
		{"/did/didweb", m + "/vc"},
		{"/audit/journal", m + "/delegation"},
		{"/internal/strictjson", m + "/did"},
		{"/internal/jsonld", m + "/internal/jose"},
		{"/did", "os"},
		{"/vc", "net/http"},
		{"/delegation", "log"},
		{"/delegation/agenthttp", "log"},
		{"/delegation/agenthttp", "net"},
		{"/delegation/agenthttp", m + "/audit"},
		{"/delegation/agenthttp", m + "/vc"},
		{"/revocation", "net"},
		{"/audit", "log/slog"},
		{"/revocation/filestore", m + "/vc"},
		{"/revocation/statushttp", m + "/delegation"},
		{"/revocation/sqlstore", "github.com/jackc/pgx/v5"},
		{"/vc", "github.com/lestrrat-go/jwx/v2/jws"},
		{"/internal/multikey", "github.com/lestrrat-go/jwx/v2/jwk"},
		{"/did", "github.com/multiformats/go-multibase"},
		{"/did", "filippo.io/edwards25519"},
		{"/vc", "github.com/go-json-experiment/json/jsontext"},
		{"/delegation", "golang.org/x/mod/sumdb/note"},
		{"/vc", "github.com/stretchr/testify/require"},
		{"/did/didweb", "example.com/anything"},
	} {
		got := archtest.Violations([]archtest.Package{{ImportPath: m + c.from, Imports: []string{"fmt", c.imported}}})
		require.Len(t, got, 1, "%s imports %s", c.from, c.imported)
	}
}

func TestRightArrowsAreNot(t *testing.T) {
	const m = archtest.Module
	for _, c := range []struct{ from, imported string }{
		{"/did", m + "/internal/multikey"},
		{"/vc", m + "/did"},
		{"/delegation", m + "/vc"},
		{"/delegation", m + "/internal/strictjson"},
		{"/revocation", "net/url"},
		{"/did/didweb", "net/http"},
		{"/delegation/agenthttp", "net/http"},
		{"/delegation/agenthttp", m + "/delegation"},
		{"/revocation/statushttp", m + "/revocation"},
		{"/revocation/statushttp", "net/http"},
		{"/revocation/filestore", "os"},
		{"/internal/jose", "github.com/lestrrat-go/jwx/v2/jws"},
		{"/audit", "golang.org/x/mod/sumdb/tlog"},
		{"/examples/gateway", m + "/delegation"},
		{"/internal/personas", m + "/did"},
	} {
		require.Empty(t, archtest.Violations([]archtest.Package{{ImportPath: m + c.from, Imports: []string{c.imported}}}))
	}
}

func TestEveryPackageHasArrows(t *testing.T) {
	lines := archtest.Violations([]archtest.Package{{ImportPath: archtest.Module + "/somewhere/new", Imports: []string{"fmt"}}})
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], "draw them")
}
