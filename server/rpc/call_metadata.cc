#include "server/rpc/call_metadata.h"

#include "grpcpp/server_context.h"

namespace evertoken {

MetadataEntry FindMetadata(const grpc::CallbackServerContext& context, absl::string_view name) {
  const auto [begin, end] =
      context.client_metadata().equal_range(grpc::string_ref(name.data(), name.size()));
  MetadataEntry entry;
  for (auto it = begin; it != end; ++it) {
    if (entry.count++ == 0) entry.value = absl::string_view(it->second.data(), it->second.size());
  }
  return entry;
}

RequestContext RequestContextOf(const grpc::CallbackServerContext& context) {
  return MakeRequestContext(FindMetadata(context, "x-request-id").value,
                            FindMetadata(context, "traceparent").value);
}

}  // namespace evertoken
