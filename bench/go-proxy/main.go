// Command go-proxy is what a filter for watches would be if it were written the usual way: a reverse proxy in Go
// that decodes each watch event with client-go's serializers, compares what MetalLB compares (labels and the
// NetworkUnavailable condition of a Node) with what it saw last, drops unchanged MODIFIED events, and encodes the
// others again. It exists to be measured: it sends no bookmarks, holds no frames, and resumes nothing.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/streaming"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
	restwatch "k8s.io/client-go/rest/watch"
)

// held is what a client holds of one Node, as far as MetalLB reads it.
type held struct {
	labels             map[string]string
	networkUnavailable corev1.ConditionStatus
}

func heldOf(n *corev1.Node) held {
	h := held{labels: n.Labels}
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeNetworkUnavailable {
			h.networkUnavailable = c.Status
			break
		}
	}
	return h
}

func (h held) equal(o held) bool {
	return h.networkUnavailable == o.networkUnavailable && maps.Equal(h.labels, o.labels)
}

// filter is the body of a filtered watch: what is read of it are the events that survive.
type filter struct {
	upstream io.ReadCloser
	decoder  *restwatch.Decoder
	encoder  *restwatch.Encoder
	known    map[types.UID]held
	out      *io.PipeWriter
}

func newFilter(body io.ReadCloser, contentType string) (io.ReadCloser, error) {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	info, ok := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), mediaType)
	if !ok || info.StreamSerializer == nil {
		return nil, fmt.Errorf("%s cannot be streamed", mediaType)
	}
	stream := info.StreamSerializer
	reader, writer := io.Pipe()
	f := &filter{
		upstream: body,
		decoder: restwatch.NewDecoder(
			streaming.NewDecoder(stream.Framer.NewFrameReader(body), stream.Serializer),
			scheme.Codecs.UniversalDeserializer()),
		encoder: restwatch.NewEncoder(
			streaming.NewEncoder(stream.Framer.NewFrameWriter(writer), stream.Serializer),
			scheme.Codecs.EncoderForVersion(info.Serializer, corev1.SchemeGroupVersion)),
		known: map[types.UID]held{},
		out:   writer,
	}
	go f.run()
	return reader, nil
}

func (f *filter) run() {
	defer f.upstream.Close()
	for {
		eventType, object, err := f.decoder.Decode()
		if err != nil {
			f.out.CloseWithError(err)
			return
		}
		if !f.passes(eventType, object) {
			continue
		}
		if err := f.encoder.Encode(&watch.Event{Type: eventType, Object: object}); err != nil {
			f.out.CloseWithError(err)
			return
		}
	}
}

func (f *filter) passes(eventType watch.EventType, object runtime.Object) bool {
	node, ok := object.(*corev1.Node)
	if !ok {
		return true
	}
	if eventType == watch.Deleted {
		delete(f.known, node.UID)
		return true
	}
	now := heldOf(node)
	before, isKnown := f.known[node.UID]
	f.known[node.UID] = now
	return eventType != watch.Modified || !isKnown || !now.equal(before)
}

func filterWatch(response *http.Response) error {
	request := response.Request
	if request.URL.Path != "/api/v1/nodes" || request.URL.Query().Get("watch") != "true" ||
		response.StatusCode != http.StatusOK {
		return nil
	}
	body, err := newFilter(response.Body, response.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	response.Body = body
	return nil
}

func run() error {
	upstream := flag.String("upstream", "", "URL of the API server")
	ca := flag.String("ca", "", "file with the CA of the API server")
	cert := flag.String("cert", "", "file with the serving certificate")
	key := flag.String("key", "", "file with its key")
	flag.Parse()
	target, err := url.Parse(*upstream)
	if err != nil {
		return err
	}
	pem, err := os.ReadFile(*ca)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New("no certificate in --ca")
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:      &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true},
		ModifyResponse: filterWatch,
		FlushInterval:  -1, // At once.
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{
		Handler: proxy,
		// HTTP/1.1 to the client, like every proxy that is measured.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	return server.ServeTLS(listener, *cert, *key)
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}
