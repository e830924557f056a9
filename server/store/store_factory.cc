#include "server/store/store_factory.h"

#include <filesystem>
#include <utility>

#include "server/store/memory/memory_due_queue.h"
#include "server/store/memory/memory_event_log.h"
#include "server/store/memory/memory_store.h"
#include "server/store/redis/redis_due_queue.h"
#include "server/store/redis/redis_event_log.h"
#include "server/store/redis/redis_settings.h"
#include "server/store/redis/redis_store.h"
#include "server/store/sqlite/sqlite_due_queue.h"
#include "server/store/sqlite/sqlite_event_log.h"
#include "server/store/sqlite/sqlite_store.h"

namespace evertoken {
namespace {

constexpr char kDefaultDatabase[] = "data/evertoken.db";

class MemoryStoreFactory final : public StoreFactory {
 public:
  explicit MemoryStoreFactory(const Clock* clock) : backend_(clock) {}
  Stores MakeFor(EventLoop*) override {
    return {std::make_unique<MemoryStore>(&backend_), std::make_unique<MemoryDueQueue>(&backend_),
            std::make_unique<MemoryEventLog>(&backend_)};
  }

 private:
  MemoryBackend backend_;
};

class SqliteStoreFactory final : public StoreFactory {
 public:
  explicit SqliteStoreFactory(std::unique_ptr<SqliteBackend> backend)
      : backend_(std::move(backend)) {}
  Stores MakeFor(EventLoop*) override {
    SqliteBackend* const backend = backend_.get();
    return {std::make_unique<SqliteStore>(backend), std::make_unique<SqliteDueQueue>(backend),
            std::make_unique<SqliteEventLog>(backend)};
  }

 private:
  const std::unique_ptr<SqliteBackend> backend_;
};

class RedisStoreFactory final : public StoreFactory {
 public:
  explicit RedisStoreFactory(std::shared_ptr<const RedisOptions> options)
      : options_(std::move(options)) {}
  Stores MakeFor(EventLoop* loop) override {
    const auto client = std::make_shared<RedisClient>(loop, options_);
    return {std::make_unique<RedisStore>(client), std::make_unique<RedisDueQueue>(client),
            std::make_unique<RedisEventLog>(client)};
  }

 private:
  const std::shared_ptr<const RedisOptions> options_;
};

absl::StatusOr<std::unique_ptr<StoreFactory>> NewSqlite(const std::string& path,
                                                        const std::string& base_dir,
                                                        const Clock* clock) {
  const std::filesystem::path file =
      std::filesystem::path(base_dir) / (path.empty() ? kDefaultDatabase : path);
  absl::StatusOr<std::unique_ptr<SqliteBackend>> backend =
      SqliteBackend::Open(file.string(), clock);
  if (!backend.ok()) return backend.status();
  return std::make_unique<SqliteStoreFactory>(*std::move(backend));
}

absl::StatusOr<std::unique_ptr<StoreFactory>> NewRedis(const config::v1::Store::Redis& config,
                                                       const std::string& base_dir) {
  absl::StatusOr<std::shared_ptr<const RedisOptions>> options = ReadRedisSettings(config, base_dir);
  if (!options.ok()) return options.status();
  return std::make_unique<RedisStoreFactory>(*std::move(options));
}

}  // namespace

absl::StatusOr<std::unique_ptr<StoreFactory>> StoreFactory::New(const config::v1::Store& config,
                                                                const std::string& base_dir,
                                                                const Clock* clock) {
  switch (config.kind_case()) {
    case config::v1::Store::kMemory:
      return std::make_unique<MemoryStoreFactory>(clock);
    case config::v1::Store::kRedis:
      return NewRedis(config.redis(), base_dir);
    case config::v1::Store::kSqlite:
    case config::v1::Store::KIND_NOT_SET:
      break;
  }
  return NewSqlite(config.sqlite().path(), base_dir, clock);
}

}  // namespace evertoken
