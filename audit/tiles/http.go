package tiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/taperid/taper/internal/tilepath"
)

// ErrURL is returned for the address of a log that is not one.
var ErrURL = errors.New("tiles: URL")

// HTTPReader reads a log over HTTP. It is an audit.Reader.
type HTTPReader struct {
	base   string
	client *http.Client
}

// NewHTTPReader returns the reader of the log at a URL, https or http, without query
// or fragment. A nil client is the default one. Redirects are not followed: the log is
// where the caller says. Time is bounded by the context and by the client's timeout.
func NewHTTPReader(base string, client *http.Client) (*HTTPReader, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: %.120q", ErrURL, base)
	}
	if client == nil {
		client = http.DefaultClient
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &HTTPReader{strings.TrimSuffix(base, "/") + "/", &own}, nil
}

// ReadCheckpoint returns the newest checkpoint that the server has.
func (r *HTTPReader) ReadCheckpoint(ctx context.Context) ([]byte, error) {
	return r.get(ctx, tilepath.Checkpoint, maxCheckpoint)
}

// ReadTile returns a tile.
func (r *HTTPReader) ReadTile(ctx context.Context, level, index uint64, p uint8) ([]byte, error) {
	return r.place(ctx, tilepath.Place{Level: level, Index: index, Partial: p})
}

// ReadEntryBundle returns a bundle of leaves.
func (r *HTTPReader) ReadEntryBundle(ctx context.Context, index uint64, p uint8) ([]byte, error) {
	return r.place(ctx, tilepath.Place{Entries: true, Index: index, Partial: p})
}

func (r *HTTPReader) place(ctx context.Context, p tilepath.Place) ([]byte, error) {
	return r.get(ctx, p.String(), limit(p))
}

func (r *HTTPReader) get(ctx context.Context, path string, most int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return nil, fmt.Errorf("tiles: %s: %w", path, fs.ErrNotExist)
	default:
		return nil, fmt.Errorf("tiles: %s: status %d", path, resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return nil, fmt.Errorf("tiles: %s: %w", path, err)
	}
	if int64(len(data)) > most {
		return nil, tooLong(path, most)
	}
	return data, nil
}
