package tiles

import (
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/tilepath"
)

// NewHandler returns a handler that serves a log: /checkpoint, which changes, and
// /tile/..., which never does, so that any cache in between may keep it. It answers
// GET and HEAD; another path than the one spelling of a resource is not found. Put it
// below a prefix with http.StripPrefix.
func NewHandler(log audit.Reader) http.Handler { return handler{log} }

type handler struct{ log audit.Reader }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "want GET or HEAD", http.StatusMethodNotAllowed)
		return
	}
	data, err := h.read(r)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
		return
	case err != nil:
		http.Error(w, "the log cannot be read now", http.StatusServiceUnavailable)
		return
	}
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Access-Control-Allow-Origin", "*") // what is public may be read by any page
	if strings.TrimPrefix(r.URL.Path, "/") == tilepath.Checkpoint {
		header.Set("Content-Type", "text/plain; charset=utf-8")
		header.Set("Cache-Control", "no-cache")
	} else {
		header.Set("Content-Type", "application/octet-stream")
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	header.Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(data)
	}
}

func (h handler) read(r *http.Request) ([]byte, error) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if r.URL.RawQuery != "" || r.URL.RawPath != "" {
		return nil, fs.ErrNotExist
	}
	if path == tilepath.Checkpoint {
		return h.log.ReadCheckpoint(r.Context())
	}
	return readPlace(r.Context(), h.log, path)
}
