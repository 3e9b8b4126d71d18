package tiles_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/audit/tiles"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
)

var ctx = context.Background()

const origin = "log.example/agents"

// newLog is a published log of n entries of one agent, and who trusts it.
func newLog(tb testing.TB, n int) (*audit.Log, *audit.Policy) {
	skey, vkey, err := audit.NewLogKey(origin)
	require.NoError(tb, err)
	log, err := audit.NewLog(origin, skey)
	require.NoError(tb, err)
	policy, err := audit.NewPolicy(origin, vkey)
	require.NoError(tb, err)
	alice, carol := personas.New("alice"), personas.New("carol")
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	r, err := audit.NewRecorder(carol, log, audit.RecorderOptions{Now: func() time.Time { return now }})
	require.NoError(tb, err)
	link := audit.Link{ID: "urn:x:1", Digest: multikey.Digest([]byte("link")), Issuer: alice.DID(), Subject: carol.DID()}
	for i := range n {
		e := audit.Entry{Type: audit.ActionIntent, Action: "db/read", Resource: &audit.Resource{Digest: link.Digest}}
		switch i {
		case 0:
			e = audit.Entry{Type: audit.TaskOpen, Task: "t", Cap: link.Digest, Chain: &audit.Chain{Digest: link.Digest, Links: []audit.Link{link}}}
		case n - 1:
			e = audit.Entry{Type: audit.TaskClose}
		}
		_, err := r.Record(ctx, e)
		require.NoError(tb, err)
	}
	_, err = log.Publish(ctx)
	require.NoError(tb, err)
	return log, policy
}

// clean audits a log and finds nothing.
func clean(tb testing.TB, r audit.Reader, policy *audit.Policy, since *audit.Checkpoint, n int) {
	tb.Helper()
	report, err := audit.Audit(ctx, r, policy, since)
	require.NoError(tb, err)
	require.Empty(tb, report.Findings)
	require.Len(tb, report.Entries(), n)
}

func TestOverHTTPAndFolders(t *testing.T) {
	log, policy := newLog(t, 600)
	server := httptest.NewServer(http.StripPrefix("/logs/a", tiles.NewHandler(log)))
	defer server.Close()
	overHTTP, err := tiles.NewHTTPReader(server.URL+"/logs/a", server.Client())
	require.NoError(t, err)
	clean(t, overHTTP, policy, log.Checkpoint(), 600)

	folder := filepath.Join(t.TempDir(), "taken/away")
	head, err := tiles.Export(ctx, overHTTP, policy, folder)
	require.NoError(t, err)
	require.EqualValues(t, 600, head.Size())
	dir, err := tiles.OpenDir(folder)
	require.NoError(t, err)
	defer dir.Close()
	clean(t, dir, policy, log.Checkpoint(), 600)
	again, err := tiles.Export(ctx, dir, policy, folder)
	require.NoError(t, err, "onto itself")
	require.Equal(t, head.Bytes(), again.Bytes())
	static := httptest.NewServer(http.FileServer(http.Dir(folder)))
	defer static.Close()
	fromFiles, err := tiles.NewHTTPReader(static.URL, nil)
	require.NoError(t, err)
	clean(t, fromFiles, policy, log.Checkpoint(), 600)
}

func TestHandler(t *testing.T) {
	log, _ := newLog(t, 300)
	handler := tiles.NewHandler(log)
	for path, tt := range map[string]struct {
		status int
		cache  string
	}{
		"/checkpoint":            {200, "no-cache"},
		"/tile/0/000":            {200, "public, max-age=31536000, immutable"},
		"/tile/entries/001.p/44": {200, "public, max-age=31536000, immutable"},
		"/tile/0/001.p/45":       {404, ""},
		"/tile/0/0":              {404, ""},
		"/checkpoint?x":          {404, ""},
		"/tile/0/%30%30%30":      {404, ""},
		"/tile/0/..%2f0/000":     {404, ""},
		"/":                      {404, ""},
		"//checkpoint":           {404, ""},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
			require.Equal(t, tt.status, w.Code, path)
			require.Equal(t, tt.cache, w.Header().Get("Cache-Control"), path)
			if tt.status == 200 {
				require.Equal(t, method == "GET", w.Body.Len() > 0)
				require.NotEmpty(t, w.Header().Get("Content-Length"))
			}
		}
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("POST", "/checkpoint", nil))
	require.Equal(t, 405, w.Code)
	w = httptest.NewRecorder()
	tiles.NewHandler(down{}).ServeHTTP(w, httptest.NewRequest("GET", "/tile/0/000", nil))
	require.Equal(t, 503, w.Code)
	require.NotContains(t, w.Body.String(), "secret")
}

type down struct{ audit.Reader }

func (down) ReadTile(context.Context, uint64, uint64, uint8) ([]byte, error) {
	return nil, errors.New("secret of the storage")
}

// TestHostileServer: what is too long, elsewhere or an error is refused, in bounded
// memory and without asking anybody else.
func TestHostileServer(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}
	for name, tt := range map[string]struct {
		serve http.HandlerFunc
		want  error
	}{
		"endless":  {endless, audit.ErrSize},
		"missing":  {http.NotFound, fs.ErrNotExist},
		"gone":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, fs.ErrNotExist},
		"redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) }, nil},
		"failing":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, nil},
		"cut short": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("x"))
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tt.serve)
			defer server.Close()
			r, err := tiles.NewHTTPReader(server.URL, server.Client())
			require.NoError(t, err)
			_, err1 := r.ReadCheckpoint(ctx)
			_, err2 := r.ReadTile(ctx, 0, 0, 0)
			_, err3 := r.ReadEntryBundle(ctx, 0, 3)
			for _, err := range []error{err1, err2, err3} {
				require.Error(t, err)
				if tt.want != nil {
					require.ErrorIs(t, err, tt.want)
				}
			}
		})
	}
	require.Zero(t, asked)
	gone, err := tiles.NewHTTPReader("http://127.0.0.1:1", nil)
	require.NoError(t, err)
	_, err = gone.ReadCheckpoint(ctx)
	require.Error(t, err)
	for _, bad := range []string{"", "log.example", "ftp://log.example", "https://", "https://u@log.example", "https://log.example?x", "https://log.example#x", "https://[::1"} {
		_, err := tiles.NewHTTPReader(bad, nil)
		require.ErrorIs(t, err, tiles.ErrURL, bad)
	}
}

func TestHostileFolder(t *testing.T) {
	folder := t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("x"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "tile/0"), 0o755))
	require.NoError(t, os.Symlink(secret, filepath.Join(folder, "checkpoint")))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "tile/0/000"), []byte(strings.Repeat("x", 8193)), 0o600))
	dir, err := tiles.OpenDir(folder)
	require.NoError(t, err)
	defer dir.Close()
	_, err = dir.ReadCheckpoint(ctx)
	require.Error(t, err, "a link out of the folder")
	_, err = dir.ReadTile(ctx, 0, 0, 0)
	require.ErrorIs(t, err, audit.ErrSize)
	_, err = dir.ReadEntryBundle(ctx, 0, 0)
	require.ErrorIs(t, err, fs.ErrNotExist)
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = dir.ReadTile(done, 0, 0, 0)
	require.ErrorIs(t, err, context.Canceled)
	_, err = tiles.OpenDir(filepath.Join(folder, "none"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestExportRefuses(t *testing.T) {
	log, policy := newLog(t, 10)
	_, stranger := newLog(t, 1)
	folder := t.TempDir()
	_, err := tiles.Export(ctx, log, stranger, folder)
	require.ErrorIs(t, err, audit.ErrCheckpoint)
	_, err = tiles.Export(ctx, cutOff{log}, policy, folder)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = os.Stat(filepath.Join(folder, "checkpoint"))
	require.ErrorIs(t, err, fs.ErrNotExist, "half a log has no checkpoint")
	file := filepath.Join(folder, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = tiles.Export(ctx, log, policy, file)
	require.Error(t, err)
}

// cutOff is a log without its tiles.
type cutOff struct{ audit.Reader }

func (cutOff) ReadTile(context.Context, uint64, uint64, uint8) ([]byte, error) {
	return nil, fs.ErrNotExist
}
