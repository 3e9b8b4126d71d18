package agenthttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/taperid/taper/delegation"
)

// ErrReceipt is returned for an answer whose receipt is missing, wrong, or of
// another answer. It wraps delegation.ErrReceipt where that is the cause.
var ErrReceipt = errors.New("agenthttp: receipt")

// receive checks the receipt of an answer, at once where it is in a header, and
// at the end of the body where it is in a trailer. The result that it tells of is
// compared at the end in any case.
func (t *Transport) receive(resp *http.Response, origin, token string) (*http.Response, error) {
	verifier, pinned := t.options.Verifiers[origin]
	if !pinned {
		return resp, nil
	}
	inv, err := delegation.ParseInvocation(token)
	if err != nil {
		return nil, err
	}
	b := &received{ReadCloser: resp.Body, resp: resp, hash: delegation.NewResultHash(inv.Salt)}
	b.verify = func(h http.Header) error {
		values := h.Values(headerReceipt)
		if len(values) != 1 {
			return fmt.Errorf("%w: %d receipts, want one", ErrReceipt, len(values))
		}
		r, err := delegation.VerifyReceipt(resp.Request.Context(), values[0], token, verifier, t.options.Resolver)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrReceipt, err)
		}
		if !r.Permitted && resp.StatusCode < http.StatusBadRequest {
			return fmt.Errorf("%w: of a refusal, with status %d", ErrReceipt, resp.StatusCode)
		}
		b.receipt = r
		return nil
	}
	_, later := resp.Trailer[headerReceipt]
	switch {
	case len(resp.Header.Values(headerReceipt)) > 0:
		err = b.verify(resp.Header)
	case !later && resp.StatusCode < http.StatusBadRequest:
		err = fmt.Errorf("%w: none with status %d", ErrReceipt, resp.StatusCode)
	case !later:
		return resp, nil // refused before rule 14, or by something on the way
	}
	if err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	resp.Body = b
	// Clients wrap bodies, so that it is found by way of the request.
	resp.Request = resp.Request.WithContext(context.WithValue(resp.Request.Context(), receivedKey{}, b))
	return resp, nil
}

// received is the body of an answer that has a receipt.
type received struct {
	io.ReadCloser
	resp    *http.Response
	hash    *delegation.ResultHash
	verify  func(http.Header) error
	receipt *delegation.Receipt // nil: not verified yet
	ended   bool
	err     error
}

type receivedKey struct{}

// Read returns what was answered, and at its end io.EOF only if the receipt is of
// exactly that.
func (b *received) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.ReadCloser.Read(p)
	_, _ = b.hash.Write(p[:n])
	if errors.Is(err, io.EOF) {
		b.ended = true
		if err = b.end(); err == nil {
			err = io.EOF
		}
	}
	b.err = err
	return n, err
}

func (b *received) end() error {
	if b.receipt == nil {
		if err := b.verify(b.resp.Trailer); err != nil {
			return err
		}
	}
	if b.receipt.Result != "" && b.receipt.Result != b.hash.Digest() {
		return fmt.Errorf("%w: of another result", ErrReceipt)
	}
	return nil
}

// ReceiptOf returns the verified receipt of an answer that a Transport returned,
// once its body was read to the end without an error. It is nil where the origin
// has no verifier in TransportOptions, or where there is none.
func ReceiptOf(resp *http.Response) *delegation.Receipt {
	if resp == nil || resp.Request == nil {
		return nil
	}
	b, ok := resp.Request.Context().Value(receivedKey{}).(*received)
	if !ok || !b.ended || !errors.Is(b.err, io.EOF) {
		return nil
	}
	return b.receipt
}
