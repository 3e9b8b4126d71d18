package didweb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/taperid/taper/did"
)

// mediaTypes are those of documents, and those that servers give to files of JSON.
var mediaTypes = []string{
	"application/did", "application/did+ld+json", "application/did+json", "application/ld+json", "application/json",
}

// fetch returns the body of what a server has at a URL.
func (r *Resolver) fetch(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFetch, err)
	}
	req.Header.Set("Accept", strings.Join(mediaTypes, ", "))
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, fetchError(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written, and what was read is judged
	if err := check(resp); err != nil {
		return nil, fmt.Errorf("%w, from %s", err, url)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, did.MaxDocument+1))
	if err == nil {
		err = ctx.Err() // a server that is left may end its answer in a hurry
	}
	if err != nil {
		return nil, fetchError(err)
	}
	if len(data) > did.MaxDocument {
		return nil, fmt.Errorf("%w: more than %d bytes, from %s", ErrResponse, did.MaxDocument, url)
	}
	return data, nil
}

func fetchError(err error) error {
	if errors.Is(err, ErrAddress) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrFetch, err)
}

// check refuses an answer that cannot be a document.
func check(resp *http.Response) error {
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return fmt.Errorf("%w: status %d", did.ErrNotFound, resp.StatusCode)
	default:
		return fmt.Errorf("%w: status %d", ErrResponse, resp.StatusCode)
	}
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return fmt.Errorf("%w: Content-Encoding %.40q, which was not asked for", ErrResponse, encoding)
	}
	typ, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || !strings.EqualFold(params["charset"], "utf-8") && params["charset"] != "" {
		return fmt.Errorf("%w: Content-Type %.80q", ErrResponse, resp.Header.Get("Content-Type"))
	}
	for _, t := range mediaTypes {
		if t == typ {
			return nil
		}
	}
	return fmt.Errorf("%w: Content-Type %.80q is none of a document", ErrResponse, typ)
}
