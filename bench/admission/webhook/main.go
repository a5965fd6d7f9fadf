// Command webhook checks the rules of ../katalog.yaml as an operator on controller-runtime does: a typed object, a
// handler of its package admission, its webhook server without HTTP/2 (as kubebuilder generates it), its metrics.
//
//	webhook -certs FOLDER -port N -metrics-port N
//
// FOLDER holds tls.crt and tls.key. It serves /validate over HTTPS and /metrics over HTTP, on 127.0.0.1.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func main() {
	certs := flag.String("certs", "", "folder of tls.crt and tls.key")
	port := flag.Int("port", 0, "of the webhook")
	metricsPort := flag.Int("metrics-port", 0, "of /metrics")
	flag.Parse()
	log.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := serve(ctx, *certs, *port, *metricsPort); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, certs string, port, metricsPort int) error {
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(schema.GroupVersion{Group: "bench.example.org", Version: "v1"}, &Release{})
	server := webhook.NewServer(webhook.Options{
		Host:    "127.0.0.1",
		Port:    port,
		CertDir: certs,
		TLSOpts: []func(*tls.Config){func(config *tls.Config) { config.NextProtos = []string{"http/1.1"} }},
	})
	server.Register("/validate", &webhook.Admission{Handler: &validator{decoder: admission.NewDecoder(scheme)}})

	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(metrics.Registry, promhttp.HandlerOpts{}))
	exposed := &http.Server{Addr: fmt.Sprintf("127.0.0.1:%d", metricsPort), Handler: mux}
	failed := make(chan error, 2)
	go func() { failed <- exposed.ListenAndServe() }()
	go func() { failed <- server.Start(ctx) }()
	err := <-failed
	_ = exposed.Close() // it ends with the process
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

type validator struct {
	decoder admission.Decoder
}

func (v *validator) Handle(_ context.Context, req admission.Request) admission.Response {
	release := &Release{}
	if err := v.decoder.Decode(req, release); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	if release.DeletionTimestamp != nil {
		return admission.Allowed("")
	}
	if broken := check(&release.Spec); len(broken) > 0 {
		return refusal(req, broken)
	}
	return admission.Allowed("")
}
